"""``python -m nenghao.cli``: the command without the installed script."""

from nenghao.cli.main import main

if __name__ == "__main__":
    main()

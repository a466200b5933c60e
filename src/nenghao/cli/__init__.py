"""The command ``nenghao``: one module per subcommand, gathered in :mod:`nenghao.cli.main`."""

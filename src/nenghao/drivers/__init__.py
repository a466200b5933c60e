"""Field protocols (现场协议): one module per protocol, one file per meter model, one simulator to prove them."""

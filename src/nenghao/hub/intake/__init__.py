"""The wire's endpoints: from a gateway's request to the reading store and the registry (接入)."""

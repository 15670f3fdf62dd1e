"""How events move: logs, clients, the chain, the engine, connectors."""

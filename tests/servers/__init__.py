"""Local services that tests ask instead of the network."""

"""The control plane: what is wanted, and who decides where it runs."""

"""Money: payment providers behind one protocol, what their answers mean for an order, and giving money back."""

"""What organisers and administrators did, as the statements that did it wrote it down."""

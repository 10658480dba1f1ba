"""Write reports that leave the house: the same figures for every audience, each seeing its own."""

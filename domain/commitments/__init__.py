"""One promise of a vendor or contractor: asked for, sent, acknowledged, moved, received."""

"""Whether departments report as agreed, whether what they say holds, and what accepted means."""

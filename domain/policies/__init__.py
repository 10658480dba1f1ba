"""React to what happens: whenever this is found, ask for that."""

from domain.policies.conflict_on_finding import Request, requests_of

__all__ = ["Request", "requests_of"]

"""A project's labels: which violate a policy, which do not, and their order."""

from __future__ import annotations

from pydantic import model_validator

from smo_reports.errors import nearest
from smo_reports.project.frozen import Frozen


class Labels(Frozen):
    """The taxonomy: which labels say that an item violates a policy and which say that it does not.

    ``ordered`` lists labels from the mildest to the gravest, where they have an order.
    """

    violating: tuple[str, ...] = ()
    benign: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        """Every label that a decision may carry; empty when the project lists none."""
        return frozenset(self.violating) | frozenset(self.benign)

    @model_validator(mode="after")
    def _apart(self) -> Labels:
        both = sorted(set(self.violating) & set(self.benign))
        if both:
            raise ValueError(f"label {both[0]!r} is listed as violating and as benign; keep it in one")
        twice = [label for place, label in enumerate(self.ordered) if label in self.ordered[:place]]
        if twice:
            raise ValueError(f"label {twice[0]!r} stands twice in ordered; keep it once")
        strange = [label for label in self.ordered if self.known and label not in self.known]
        if strange:
            raise ValueError(
                f"label {strange[0]!r} of ordered is neither violating nor benign; {nearest(strange[0], self.known)}"
            )
        return self

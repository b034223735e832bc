"""policy: "Use forest search order", both halves, as group policy applies to the accounts."""

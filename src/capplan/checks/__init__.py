"""A prediction held against the objectives and alerts: findings, and the rates at which they turn."""

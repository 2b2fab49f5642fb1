"""Redis Cluster: one keeper per shard, which decides who is its primary."""

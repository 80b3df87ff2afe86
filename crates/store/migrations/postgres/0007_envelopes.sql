-- Orders placed while the vault was away: what it will seal when it is back, in an envelope that it alone can open.
-- Until then the order's sealed columns are empty.

create table order_envelope (
  order_id text primary key references orders (id),
  key_id text not null,                      -- the vault's key of the day
  sealed bytea not null,                     -- opaque, for the vault alone
  created_at bigint not null,
  refused bigint not null,                   -- how often the vault said that it does not open
  next_at bigint not null
);
create index order_envelope_by_time on order_envelope (next_at);

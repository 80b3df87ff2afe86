-- Orders placed while the vault was away: what it will seal when it is back, in an envelope that it alone can open.
-- Until then the order's sealed columns are empty.

create table order_envelope (
  order_id text primary key references orders (id),
  key_id text not null,                      -- the vault's key of the day
  sealed blob not null,                      -- opaque, for the vault alone
  created_at integer not null,
  refused integer not null,                  -- how often the vault said that it does not open
  next_at integer not null
) strict;
create index order_envelope_by_time on order_envelope (next_at);

-- Money: authorisations, refunds that fail later, disputes, the nightly comparison with the processor's books, and
-- members whom the processor must forget.

alter table payment add column authorized_until integer;        -- authorised money is released then
alter table refund add column seen_at integer not null default 0; -- the till's clock at the newest report applied

create table dispute (
  payment_id text primary key references payment (id),          -- the newest of a payment
  order_id text not null references orders (id),
  state text not null,
  reason text not null,                                         -- the processor's word
  amount integer not null,
  opened_at integer not null,
  respond_by integer,
  seen_at integer not null,
  updated_at integer not null
) strict;
create index dispute_by_order on dispute (order_id);
create index dispute_by_state on dispute (state, respond_by);

create table reconciliation (
  day text primary key,                                         -- a day of Japan's, such as 2026-11-25
  state text not null,
  problem text,                                                 -- why it could not be finished yet
  started_at integer not null,
  finished_at integer,
  next_at integer,                                              -- when it is tried again
  orders integer not null,
  payments integer not null,
  refunds integer not null,
  disputes integer not null,
  healed integer not null,                                      -- orders that were behind and are not any more
  taken integer not null,                                       -- yen that the processor took that day
  returned integer not null                                     -- yen that it gave back
) strict;

create table reconciliation_difference (
  day text not null references reconciliation (day),
  position integer not null,
  kind text not null,
  order_id text,                                                -- as the processor names it: it may not be known here
  ours integer not null,
  theirs integer not null,
  primary key (day, position)
) strict, without rowid;

create table processor_forget (
  person_id text primary key,
  attempts integer not null,
  next_at integer not null,
  asked_at integer not null
) strict;
create index processor_forget_by_time on processor_forget (next_at);

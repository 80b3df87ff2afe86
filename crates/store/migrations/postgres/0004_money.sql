-- Money: authorisations, refunds that fail later, disputes, the nightly comparison with the processor's books, and
-- members whom the processor must forget.

alter table payment add column authorized_until bigint;        -- authorised money is released then
alter table refund add column seen_at bigint not null default 0; -- the till's clock at the newest report applied

create table dispute (
  payment_id text primary key references payment (id),          -- the newest of a payment
  order_id text not null references orders (id),
  state text not null,
  reason text not null,                                         -- the processor's word
  amount bigint not null,
  opened_at bigint not null,
  respond_by bigint,
  seen_at bigint not null,
  updated_at bigint not null
);
create index dispute_by_order on dispute (order_id);
create index dispute_by_state on dispute (state, respond_by);

create table reconciliation (
  day text primary key,                                         -- a day of Japan's, such as 2026-11-25
  state text not null,
  problem text,                                                 -- why it could not be finished yet
  started_at bigint not null,
  finished_at bigint,
  next_at bigint,                                              -- when it is tried again
  orders bigint not null,
  payments bigint not null,
  refunds bigint not null,
  disputes bigint not null,
  healed bigint not null,                                      -- orders that were behind and are not any more
  taken bigint not null,                                       -- yen that the processor took that day
  returned bigint not null                                     -- yen that it gave back
);

create table reconciliation_difference (
  day text not null references reconciliation (day),
  position bigint not null,
  kind text not null,
  order_id text,                                                -- as the processor names it: it may not be known here
  ours bigint not null,
  theirs bigint not null,
  primary key (day, position)
);

create table processor_forget (
  person_id text primary key,
  attempts bigint not null,
  next_at bigint not null,
  asked_at bigint not null
);
create index processor_forget_by_time on processor_forget (next_at);

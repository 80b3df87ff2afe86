-- Letters to those whom no mail reaches. Addresses are not here: a letter names the row of the purchase in which the address
-- stands sealed, and the vault's grant to open it. The files that are made of them lie with post, never here.

create table letter_batch (
  id text primary key,                       -- the vault knows it by this id, too
  number bigint not null unique,            -- what people call it
  campaign_id text not null references campaign (id),
  texts bytea not null,                       -- SHA-256 of what its letters say
  state text not null,
  staff_id text references staff (id),       -- who planned it; null: the owner, at the command line
  created_at bigint not null,
  made_at bigint,
  printed_at bigint,
  printed_by text references staff (id),     -- null with a time: the owner, at the command line
  posted_at bigint,
  posted_by text references staff (id),
  removed_at bigint,                        -- when its file was removed
  trouble text                               -- a fixed word: why it cannot be made now
);
create index letter_batch_by_campaign on letter_batch (campaign_id, number);
create index letter_batch_by_state on letter_batch (state, number);

create table letter_text (
  batch_id text not null references letter_batch (id),
  number bigint not null,
  paper text not null,                       -- JSON: what it says; the same for everybody whom the same concerns
  primary key (batch_id, number)
);

create table letter (
  id text primary key,
  batch_id text not null references letter_batch (id),
  notice_id text not null references notice (id),
  person_id text not null,
  text_number bigint not null,
  source text not null,                      -- in which table the address stands
  source_row text not null,
  grant_bytes bytea not null,                 -- opaque: the vault's, for post alone
  state text not null,
  number bigint,                            -- in the file, from 1, by postcode
  sheets bigint,
  has_bars bigint,                          -- whether the bar-code fitted
  reason text,                               -- a fixed word: why it cannot be printed, or why it came back
  returned_at bigint,
  returned_by text references staff (id),
  updated_at bigint not null
);
create index letter_by_batch on letter (batch_id, number, id);
-- One letter a notice; those of a batch that was given up do not count.
create unique index letter_by_notice on letter (notice_id) where state <> 'dropped';

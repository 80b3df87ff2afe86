-- Letters carry answers to inquiries further, too: a letter names a notice or an answer, and a batch of answers belongs to no
-- campaign. And whoever has no postal address either stands on a list.

create table letter_batch_new (
  id text primary key,                       -- the vault knows it by this id, too
  number integer not null unique,            -- what people call it
  campaign_id text references campaign (id), -- whose notices it carries further; null: answers to inquiries
  texts blob not null,                      -- SHA-256 of what its letters say
  state text not null,
  staff_id text references staff (id),       -- who planned it; null: the owner, at the command line
  created_at integer not null,
  made_at integer,
  printed_at integer,
  printed_by text references staff (id),     -- null with a time: the owner, at the command line
  posted_at integer,
  posted_by text references staff (id),
  removed_at integer,                        -- when its file was removed
  trouble text                               -- a fixed word: why it cannot be made now
) strict;

create table letter_text_new (
  batch_id text not null references letter_batch_new (id),
  number integer not null,
  paper text not null,                       -- JSON: what it says; the same for everybody whom the same concerns
  primary key (batch_id, number)
) strict;

create table letter_new (
  id text primary key,
  batch_id text not null references letter_batch_new (id),
  notice_id text references notice (id),     -- what it carries further: this notice,
  answer_id text references inquiry_answer (id), -- or this answer
  person_id text not null,
  text_number integer not null,
  source text not null,                      -- in which table the address stands
  source_row text not null,
  grant_bytes blob not null,                 -- opaque: the vault's, for post alone
  state text not null,
  number integer,                            -- in the file, from 1, by postcode
  sheets integer,
  has_bars integer,                          -- whether the bar-code fitted
  reason text,                               -- a fixed word: why it cannot be printed, or why it came back
  returned_at integer,
  returned_by text references staff (id),
  updated_at integer not null,
  check ((notice_id is null) <> (answer_id is null))
) strict;

insert into letter_batch_new (id, number, campaign_id, texts, state, staff_id, created_at, made_at, printed_at, printed_by,
    posted_at, posted_by, removed_at, trouble)
  select id, number, campaign_id, texts, state, staff_id, created_at, made_at, printed_at, printed_by, posted_at, posted_by,
    removed_at, trouble from letter_batch;
insert into letter_text_new (batch_id, number, paper) select batch_id, number, paper from letter_text;
insert into letter_new (id, batch_id, notice_id, person_id, text_number, source, source_row, grant_bytes, state, number, sheets,
    has_bars, reason, returned_at, returned_by, updated_at)
  select id, batch_id, notice_id, person_id, text_number, source, source_row, grant_bytes, state, number, sheets, has_bars,
    reason, returned_at, returned_by, updated_at from letter;
drop table letter;
drop table letter_text;
drop table letter_batch;
alter table letter_batch_new rename to letter_batch;
alter table letter_text_new rename to letter_text;
alter table letter_new rename to letter;

create index letter_batch_by_campaign on letter_batch (campaign_id, number);
create index letter_batch_by_state on letter_batch (state, number);
create index letter_by_batch on letter (batch_id, number, id);
-- One letter a notice; those of a batch that was given up do not count.
create unique index letter_by_notice on letter (notice_id) where state <> 'dropped';
create unique index letter_by_answer on letter (answer_id) where state <> 'dropped';

-- Notices that no mail brought, of persons without a postal address as well.
create table letter_without (
  notice_id text primary key references notice (id),
  at integer not null                            -- when it was found so
) strict;

-- Notices about an incident: campaigns, their texts, and each notice with what became of it. Addresses are not here: a notice
-- names the row in which the address used at that purchase stands sealed, and the vault's grant to open it.

create table campaign (
  id text primary key,
  incident text not null,                    -- what the facts call it
  version integer not null,                  -- of the facts
  facts blob not null,                       -- SHA-256 of the facts file
  texts blob not null,                       -- SHA-256 of the texts and the pace
  pace text not null,                        -- JSON: mails a minute to each mail domain
  state text not null,
  created_at integer not null,
  settled_at integer,
  sending_at integer,                        -- when it was sent first
  ended_at integer
) strict;

create table campaign_text (
  campaign_id text not null references campaign (id),
  number integer not null,
  locale text not null,
  subject text not null,
  body text not null,                        -- with places for name and code; the same for everybody whom the same concerns
  concerns text not null,                    -- the part of it that says what concerns them
  primary key (campaign_id, number)
) strict;

create table notice (
  id text primary key,
  campaign_id text not null references campaign (id),
  person_id text not null,
  text_number integer not null,
  source text,                               -- in which table the address stands; null: there is none
  source_row text,
  grant_bytes blob,                          -- opaque: the vault's, for post alone
  state text not null,
  attempts integer not null,
  next_at integer not null,
  detail text,                               -- numbers and fixed words: what a server said last
  returned text,                             -- what came back of it: failed, complaint
  sent_at integer,
  updated_at integer not null,
  unique (campaign_id, person_id)
) strict;
create index notice_due on notice (campaign_id, next_at, id) where state in ('planned', 'delayed');
create index notice_by_person on notice (person_id);
create index notice_by_state on notice (campaign_id, state, id);

create table notice_attempt (
  notice_id text not null references notice (id),
  attempt integer not null,
  at integer not null,
  outcome text not null,                     -- doubt until more is known
  detail text,
  settled_at integer,
  primary key (notice_id, attempt)
) strict;

create table notice_return (
  notice_id text not null references notice (id),
  report blob not null,                      -- opaque: a hash of what came back, the same is taken once
  outcome text not null,
  reason text not null,                      -- a word of docs/bounces.md
  status text,                               -- enhanced status code
  reply integer,                             -- SMTP reply code
  at integer not null,
  primary key (notice_id, report)
) strict;

-- Incidents: facts in revisions, of which some are frozen as versions. No personal data stands in facts.

create table incident (
  id text primary key,
  created_at integer not null
) strict;

create table incident_revision (
  incident_id text not null references incident (id),
  number integer not null,                        -- from 1
  facts text not null,                       -- JSON, its keys in order: docs/incident/facts.md
  hash text not null,                        -- SHA-256 of it, in hexadecimal
  part text not null,                        -- which part was changed, in our own words
  staff_id text references staff (id),       -- null: the owner, at the command line
  created_at integer not null,
  primary key (incident_id, number)
) strict;

create table incident_version (
  incident_id text not null references incident (id),
  version integer not null,                       -- as in the facts
  revision integer not null,
  hash text not null,                        -- of the revision; stands on the ledger
  staff_id text references staff (id),
  created_at integer not null,
  primary key (incident_id, version),
  foreign key (incident_id, revision) references incident_revision (incident_id, number)
) strict;

create table incident_count (
  incident_id text not null,
  revision integer not null,
  counts text not null,                      -- JSON: counts, and nothing of any person
  with_ledger integer not null,                   -- whether the ledger was read for it
  created_at integer not null,
  primary key (incident_id, revision),
  foreign key (incident_id, revision) references incident_revision (incident_id, number)
) strict;

-- What was written once stays as it was written.
create trigger incident_revision_stays before update on incident_revision
  begin select raise(abort, 'a revision is never changed'); end;
create trigger incident_revision_remains before delete on incident_revision
  begin select raise(abort, 'a revision is never removed'); end;
create trigger incident_version_stays before update on incident_version
  begin select raise(abort, 'a version is never changed'); end;
create trigger incident_version_remains before delete on incident_version
  begin select raise(abort, 'a version is never removed'); end;

-- Inquiries about an incident, and answers. What the sender typed is sealed; it finds records by blind index and is never
-- answered to.
create table inquiry_case (
  id text primary key,                       -- the row that sealed columns are bound to
  person_id text not null,                   -- the sender, a person of his own in the vault
  via text not null,
  asker text not null,
  level text not null,
  reach text not null,
  state text not null,
  locale text not null,
  mail blob,                                 -- sealed
  name blob,                                 -- sealed
  phone blob,                                -- sealed
  body blob not null,                        -- sealed: his own words, card numbers removed
  mail_index blob,                           -- blind
  name_index blob,                           -- blind
  phone_index blob,                          -- blind
  had_card integer not null,                 -- whether a card number was removed
  needs text not null,                       -- what staff has to do, in our own words
  topic text,                                -- the question of the public page that it belongs to
  round_at integer not null,                 -- the round of answers that it waits for
  received_at integer not null,
  updated_at integer not null
) strict;
create index inquiry_case_by_round on inquiry_case (state, round_at);
create index inquiry_case_by_time on inquiry_case (received_at);

create table inquiry_answer (
  id text primary key,
  case_id text not null references inquiry_case (id),
  reach text not null,
  level text not null,
  order_id text references orders (id),      -- whose contact data it goes to: those of this order,
  customer_id text references customer (id), -- or of this customer
  subject text not null,
  body text not null,                        -- what is told: no name and no address stands in it
  staff_id text references staff (id),       -- who called or posted it; null: nobody yet, or a mail
  done_at integer,
  created_at integer not null
) strict;
create index inquiry_answer_by_case on inquiry_answer (case_id, created_at);
alter table outbox add column answer_id text references inquiry_answer (id);

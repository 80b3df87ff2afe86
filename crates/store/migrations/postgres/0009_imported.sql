-- Records of other shop systems, brought in by the owner. They touch nothing of the shop's own; who is named in them has
-- a key of his own in the vault, like everybody.

create table imported_file (
  id text primary key,
  digest bytea not null,                      -- SHA-256 of the file
  system text not null,                      -- what the system it comes from is called
  kind text not null,                        -- what it is an export of
  bytes bigint not null,
  rows bigint not null,                     -- so many of its rows are in the tables: where an import goes on
  records bigint not null,                  -- so many of its records are
  refused bigint not null,                  -- so many of those rows were refused: whose they are nobody can say
  mended_by text,                            -- the file with the rows that were refused
  created_at bigint not null,
  finished_at bigint,                       -- none: it was broken off, or is being read
  unique (digest, system)
);

create table imported_event (
  id text primary key,
  file_id text not null references imported_file (id),
  system text not null,
  event text not null,                       -- its kind, as docs/incident/history.md has it
  source_id text not null,                   -- what names it in its system
  happened text,                             -- when, as far as that is known
  until text,                                -- with it: at some time between the two
  fields text not null,                      -- JSON: what else is known, in words of the history; never personal
  unique (system, event, source_id)
);

create table imported_party (
  id text primary key,                       -- the row that sealed columns are bound to
  event_id text not null references imported_event (id),
  position bigint not null,                 -- 0: whose it was; from 1: to whom it went
  person_id text not null,
  kind text,                                 -- member, guest …; null: unknown
  system text not null,
  member text,                               -- his number as a member of that system
  mail bytea,                                 -- sealed: the address used there
  name bytea,                                 -- sealed
  phone bytea,                                -- sealed
  address bytea,                              -- sealed: address, company and reading as they were then
  mail_index bytea,                           -- blind
  name_index bytea,                           -- blind
  phone_index bytea                           -- blind
);
create index imported_party_by_event on imported_party (event_id, position);
create index imported_party_by_person on imported_party (person_id);
create index imported_party_by_member on imported_party (system, member) where member is not null;
create index imported_party_by_mail on imported_party (mail_index) where mail_index is not null;
create index imported_party_by_name on imported_party (name_index) where name_index is not null;
create index imported_party_by_phone on imported_party (phone_index) where phone_index is not null;

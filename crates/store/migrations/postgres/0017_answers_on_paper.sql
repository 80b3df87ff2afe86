-- Letters carry answers to inquiries further, too: a letter names a notice or an answer, and a batch of answers belongs to no
-- campaign. And whoever has no postal address either stands on a list.

alter table letter_batch alter column campaign_id drop not null;
alter table letter alter column notice_id drop not null;
alter table letter add column answer_id text references inquiry_answer (id);
alter table letter add check ((notice_id is null) <> (answer_id is null));
create unique index letter_by_answer on letter (answer_id) where state <> 'dropped';

-- Notices that no mail brought, of persons without a postal address as well.
create table letter_without (
  notice_id text primary key references notice (id),
  at bigint not null                         -- when it was found so
);

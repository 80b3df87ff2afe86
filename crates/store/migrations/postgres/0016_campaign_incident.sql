-- Whose frozen facts a campaign was planned from; null: they were given as a file.

alter table campaign add column incident_id text references incident (id);
create index campaign_by_incident on campaign (incident_id, created_at, id);

-- An answer to an inquiry may go to the address in an imported record.
alter table inquiry_answer add column party_id text references imported_party (id);

-- What came back of a mail that the server had taken: the outcome for its one recipient, never text or an address.

create table mail_return (
  message_id text not null references outbox (id),
  report bytea not null,                      -- opaque: a hash of what came back, the same is taken once
  outcome text not null,
  reason text not null,                      -- a word of docs/bounces.md
  status text,                               -- enhanced status code
  reply bigint,                                  -- SMTP reply code
  at bigint not null,
  primary key (message_id, report)
);

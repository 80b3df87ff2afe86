-- Accounts: mails that are about no order, and the address book.

alter table outbox add column account_grant bytea;     -- opaque, the vault's; none once the mail has left
alter table outbox add column locale text;           -- of a mail about an account; an order has its own

create table customer_address (
  id text primary key,
  customer_id text not null references customer (id),
  contact bytea not null,                   -- sealed, for the customer
  created_at bigint not null,
  updated_at bigint not null
);
create index customer_address_by_customer on customer_address (customer_id, created_at);

-- Recipients are found by name and telephone as buyers are, and a noshi lies on the box or on the wrapping.

alter table order_recipient add column noshi_place text not null default 'inside';
alter table order_recipient add column name_index bytea;   -- blind; null: the orderer, or kept before this column was
alter table order_recipient add column phone_index bytea;  -- blind
create index order_recipient_by_name on order_recipient (name_index) where name_index is not null;
create index order_recipient_by_phone on order_recipient (phone_index) where phone_index is not null;

-- Editions: numbers that tell whether what anyone may look at is still the same. The database counts by itself, so that
-- no writer can forget to, not even one by hand. Of stock only what visitors are told counts: none, how many of the
-- last five, enough (domain::stock::FEW; a test compares).

create table edition (
  id bigint primary key check (id = 1),
  catalogue bigint not null,                 -- texts, prices, pictures, news, the merchant's facts
  availability bigint not null               -- what visitors are told of stock
);
insert into edition (id, catalogue, availability) values (1, 0, 0);

create function catalogue_changed() returns trigger language plpgsql as $$
  begin
    update edition set catalogue = catalogue + 1;
    return null;
  end
$$;
create function availability_changed() returns trigger language plpgsql as $$
  begin
    update edition set availability = availability + 1;
    return null;
  end
$$;

create trigger category_changed after insert or update or delete or truncate on category
  for each statement execute function catalogue_changed();
create trigger product_changed after insert or update or delete or truncate on product
  for each statement execute function catalogue_changed();
create trigger variant_changed after insert or update or delete or truncate on variant
  for each statement execute function catalogue_changed();
create trigger picture_changed after insert or update or delete or truncate on picture
  for each statement execute function catalogue_changed();
create trigger branch_changed after insert or update or delete or truncate on branch
  for each statement execute function catalogue_changed();
create trigger news_changed after insert or update or delete or truncate on news
  for each statement execute function catalogue_changed();

create trigger meta_made after insert on meta
  for each row when (new.key = 'shop') execute function catalogue_changed();
create trigger meta_changed after update on meta
  for each row when (old.key = 'shop' or new.key = 'shop') execute function catalogue_changed();
create trigger meta_removed after delete on meta
  for each row when (old.key = 'shop') execute function catalogue_changed();
create trigger meta_emptied after truncate on meta
  for each statement execute function catalogue_changed();

create trigger stock_level_made after insert or delete or truncate on stock_level
  for each statement execute function availability_changed();
create trigger stock_level_changed after update on stock_level
  for each row when (least(old.on_hand - old.reserved, 6) <> least(new.on_hand - new.reserved, 6))
  execute function availability_changed();

-- What was compared instead.
drop index product_by_updated;
drop index variant_by_updated;

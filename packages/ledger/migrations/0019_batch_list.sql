-- A tenant's batches are listed newest first, page by page.
create index batches_of_tenant on batches (tenant, id desc);

/*
 * What the event triggers for pgvector need of C: the statement that drops it, and the rights of our extension's owner.
 *
 * pgvector's type has operator classes that belong to our extension and need that type: unless they go first, whatever drops
 * the type with CASCADE would drop our extension with it. Event triggers run before the server has checked whether the user
 * may do what the command says, so that is checked here.
 *
 * Whoever may create or drop pgvector, which can trust the owner of a database, need not be able to create operator classes
 * or drop ours.
 */
#include "lantern.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(lantern_extension_event);
PG_FUNCTION_INFO_V1(lantern_pgvector_created);
PG_FUNCTION_INFO_V1(lantern_pgvector_dropped);

static Oid
lantern_pgvector(void)
{
	return get_extension_oid("vector", true);
}

/* Runs a query as the owner of a function. */
static void
lantern_run_as_owner(Oid function, const char *query)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			user;
	int			context;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	GetUserIdAndSecContext(&user, &context);
	/* an error puts them back, too */
	SetUserIdAndSecContext(((Form_pg_proc) GETSTRUCT(tuple))->proowner, context | SECURITY_LOCAL_USERID_CHANGE);
	ReleaseSysCache(tuple);
	SPI_connect();
	if (SPI_execute(query, false, 0) < 0)
		elog(ERROR, "could not execute \"%s\"", query);
	SPI_finish();
	SetUserIdAndSecContext(user, context);
}

/* pgvector's owner or schema, by the column's name in pg_extension. */
static Oid
lantern_of_pgvector(const char *column)
{
	Oid			value = InvalidOid;

	SPI_connect();
	if (SPI_execute(psprintf("SELECT %s FROM pg_catalog.pg_extension WHERE extname OPERATOR(pg_catalog.=) 'vector'", column),
					true, 1) == SPI_OK_SELECT && SPI_processed > 0)
	{
		bool		isnull;

		value = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_finish();
	return value;
}

/* Whether a command drops pgvector, by its name or with its schema, and the user may do that. */
static bool
lantern_drops_pgvector(DropStmt *statement)
{
	ListCell   *cell;

	if (statement->removeType == OBJECT_EXTENSION)
	{
		foreach(cell, statement->objects)
			if (strcmp(strVal(lfirst(cell)), "vector") == 0)
				return lantern_owns(ExtensionRelationId, lantern_pgvector());
	}
	else if (statement->removeType == OBJECT_SCHEMA && statement->behavior == DROP_CASCADE)
	{
		foreach(cell, statement->objects)
		{
			Oid			schema = get_namespace_oid(strVal(lfirst(cell)), true);

			if (OidIsValid(schema) && schema == lantern_of_pgvector("extnamespace"))
				return lantern_owns(NamespaceRelationId, schema);
		}
	}
	return false;
}

/* Whether a command drops pgvector with all that its owner has, and the user may do that. */
static bool
lantern_drops_owner(DropOwnedStmt *statement)
{
	Oid			owner = lantern_of_pgvector("extowner");
	ListCell   *cell;

	if (statement->behavior == DROP_CASCADE)
		foreach(cell, statement->roles)
			if (get_rolespec_oid(lfirst(cell), true) == owner)
				return has_privs_of_role(GetUserId(), owner);
	return false;
}

static void
lantern_drop_event(Oid function, Node *statement)
{
	bool		is_cascade = true;
	bool		drops;

	if (!OidIsValid(lantern_pgvector()))
		return;
	if (IsA(statement, DropStmt))
	{
		is_cascade = ((DropStmt *) statement)->behavior == DROP_CASCADE;
		drops = lantern_drops_pgvector((DropStmt *) statement);
	}
	else
		drops = IsA(statement, DropOwnedStmt) && lantern_drops_owner((DropOwnedStmt *) statement);
	if (drops)
		lantern_run_as_owner(function, is_cascade ? "SELECT _lantern_internal.disable_pgvector('cascade')"
							 : "SELECT _lantern_internal.disable_pgvector()");
}

/* For ddl_command_start of commands that may drop pgvector */
PGDLLEXPORT Datum
lantern_extension_event(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("extension_event() is only called by an event trigger")));
	lantern_drop_event(fcinfo->flinfo->fn_oid, ((EventTriggerData *) fcinfo->context)->parsetree);
	PG_RETURN_NULL();
}

/* Makes the operator classes for pgvector's type, if the user is who has created pgvector. */
PGDLLEXPORT Datum
lantern_pgvector_created(PG_FUNCTION_ARGS)
{
	Oid			pgvector = lantern_pgvector();

	if (OidIsValid(pgvector) && lantern_owns(ExtensionRelationId, pgvector))
		lantern_run_as_owner(fcinfo->flinfo->fn_oid, "SELECT _lantern_internal.enable_pgvector()");
	PG_RETURN_VOID();
}

/* Whether the command that a trigger for sql_drop is about has dropped pgvector; an error if there is no such trigger. */
static bool
lantern_has_dropped_pgvector(void)
{
	bool		result;

	SPI_connect();
	if (SPI_execute("SELECT FROM pg_catalog.pg_event_trigger_dropped_objects() WHERE object_type OPERATOR(pg_catalog.=) 'extension' "
					"AND object_identity OPERATOR(pg_catalog.=) 'vector'", true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read the dropped objects");
	result = SPI_processed > 0;
	SPI_finish();
	return result;
}

/* Takes the access method name hnsw, which pgvector has left. */
PGDLLEXPORT Datum
lantern_pgvector_dropped(PG_FUNCTION_ARGS)
{
	if (lantern_has_dropped_pgvector())
		lantern_run_as_owner(fcinfo->flinfo->fn_oid, "SELECT _lantern_internal.acquire_hnsw()");
	PG_RETURN_VOID();
}

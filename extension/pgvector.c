/*
 * What happens when pgvector's extension is created or dropped in a database that has ours.
 *
 * Its script makes an access method hnsw, so the name is left to it before; afterwards its type gets operator classes. They
 * belong to our extension and need that type: unless they go first, whatever drops the type with CASCADE would drop our
 * extension with it.
 *
 * Event triggers run before the server has checked whether the user may do what the command says, so that is checked here.
 */
#include "lantern.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "commands/defrem.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(lantern_extension_event);

/* Whether pgvector was not there when the present command began. */
static bool lantern_was_absent = false;

static Oid
lantern_pgvector(void)
{
	return get_extension_oid("vector", true);
}

static bool
lantern_may_create_extensions(void)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(DatabaseRelationId, MyDatabaseId, GetUserId(), ACL_CREATE) == ACLCHECK_OK;
#else
	return pg_database_aclcheck(MyDatabaseId, GetUserId(), ACL_CREATE) == ACLCHECK_OK;
#endif
}

/* Runs a query as the owner of the trigger's function, and returns whether its first row's value is true. */
static bool
lantern_run_as_owner(Oid function, const char *query)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		result = false;
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
	if (SPI_processed > 0 && SPI_gettypeid(SPI_tuptable->tupdesc, 1) == BOOLOID)
	{
		bool		isnull;

		result = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_finish();
	SetUserIdAndSecContext(user, context);
	return result;
}

/* Whether a command creates pgvector, by its own name or, with CASCADE, because another extension needs it. */
static bool
lantern_creates_pgvector(Oid function, CreateExtensionStmt *statement)
{
	ListCell   *cell;

	if (strcmp(statement->extname, "vector") == 0)
		return true;
	foreach(cell, statement->options)
	{
		DefElem    *option = lfirst(cell);

		if (strcmp(option->defname, "cascade") == 0 && defGetBoolean(option))
			return lantern_run_as_owner(function, psprintf("SELECT _lantern_internal.needs_pgvector(%s)",
														   quote_literal_cstr(statement->extname)));
	}
	return false;
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
lantern_create_event(Oid function, CreateExtensionStmt *statement, bool is_end)
{
	if (!is_end)
	{
		lantern_was_absent = !OidIsValid(lantern_pgvector());
		if (lantern_was_absent && lantern_may_create_extensions() && lantern_creates_pgvector(function, statement))
			lantern_run_as_owner(function, "SELECT _lantern_internal.release_hnsw()");
	}
	else if (lantern_was_absent && OidIsValid(lantern_pgvector()))
		lantern_run_as_owner(function, "SELECT _lantern_internal.enable_pgvector()");
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

/* For ddl_command_start of commands that create or drop pgvector, and ddl_command_end of those that create it */
PGDLLEXPORT Datum
lantern_extension_event(PG_FUNCTION_ARGS)
{
	Oid			function = fcinfo->flinfo->fn_oid;
	EventTriggerData *event;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("extension_event() is only called by an event trigger")));
	event = (EventTriggerData *) fcinfo->context;

	if (IsA(event->parsetree, CreateExtensionStmt))
		lantern_create_event(function, (CreateExtensionStmt *) event->parsetree,
							 strcmp(event->event, "ddl_command_end") == 0);
	else
		lantern_drop_event(function, event->parsetree);
	PG_RETURN_NULL();
}

/*
 * Whether the user owns an object.
 */
#include "lantern.h"

#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"

/* For a relation, an extension or a schema; class is the catalog that has it. */
bool
lantern_owns(Oid class, Oid object)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(class, object, GetUserId());
#else
	switch (class)
	{
		case RelationRelationId:
			return pg_class_ownercheck(object, GetUserId());
		case ExtensionRelationId:
			return pg_extension_ownercheck(object, GetUserId());
		default:
			return pg_namespace_ownercheck(object, GetUserId());
	}
#endif
}

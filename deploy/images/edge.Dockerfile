# The gateway. Build from the folder of the repository:
#   docker build -f deploy/images/edge.Dockerfile -t gongfu-edge:0.1.0 .
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json tsconfig.json ./
COPY shared/package.json shared/
COPY edge/package.json edge/
COPY cloud/package.json cloud/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY shared shared
COPY edge edge
RUN npx tsc -b edge

# Native parts belong to the processor the image is for.
FROM ${NODE_IMAGE} AS modules
WORKDIR /opt/gongfu
COPY package.json package-lock.json ./
COPY shared/package.json shared/
COPY edge/package.json edge/
COPY cloud/package.json cloud/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace shared --workspace edge

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /opt/gongfu
COPY --from=modules /opt/gongfu ./
COPY --from=build /src/shared/dist shared/dist
COPY shared/wire/telemetry-batch.proto shared/wire/
COPY --from=build /src/edge/dist edge/dist
COPY edge/bin edge/bin
COPY deploy/images/health.mjs ./
RUN install -d -o node -g node -m 0700 /var/lib/gongfu
# The user node of the image, by number: so a host that asks for "not root" can tell.
USER 1000
VOLUME ["/var/lib/gongfu"]
# The status page of the agent; it answers inside the container only, unless status.host says otherwise.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/opt/gongfu/health.mjs", "8081"]
ENTRYPOINT ["node", "/opt/gongfu/edge/bin/gongfu-edge.js"]
CMD ["run", "-c", "/etc/gongfu/edge.yaml"]

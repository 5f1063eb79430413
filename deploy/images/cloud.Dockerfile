# The cloud service. Build from the folder of the repository:
#   docker build -f deploy/images/cloud.Dockerfile -t gongfu-cloud:0.1.0 .
# For several processors at once: deploy/images/docker-bake.json.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

# What is compiled is the same for every processor: made once, on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY shared/package.json shared/
COPY edge/package.json edge/
COPY cloud/package.json cloud/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build

# Native parts belong to the processor the image is for.
FROM ${NODE_IMAGE} AS modules
WORKDIR /opt/gongfu
COPY package.json package-lock.json ./
COPY shared/package.json shared/
COPY edge/package.json edge/
COPY cloud/package.json cloud/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace shared --workspace cloud

FROM ${NODE_IMAGE}
ENV NODE_ENV=production \
    PORT=8080 \
    DATA_DIR=/var/lib/gongfu
WORKDIR /opt/gongfu
COPY --from=modules /opt/gongfu ./
COPY --from=build /src/shared/dist shared/dist
COPY shared/wire/telemetry-batch.proto shared/wire/
COPY --from=build /src/cloud/dist cloud/dist
COPY --from=build /src/cloud/web-dist cloud/web-dist
COPY cloud/bin cloud/bin
COPY deploy/images/health.mjs ./
RUN install -d -o node -g node -m 0700 /var/lib/gongfu
# The user node of the image, by number: so a host that asks for "not root" can tell.
USER 1000
VOLUME ["/var/lib/gongfu"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/opt/gongfu/health.mjs", "8080"]
# Node takes SIGTERM itself: what is under way is answered, then the stores are closed.
ENTRYPOINT ["node", "/opt/gongfu/cloud/bin/gongfu-cloud.js"]
CMD ["run"]

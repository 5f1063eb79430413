# The demonstration of `npm start` in one container: plant, cloud and gateway on embedded stores.
FROM node:20.20.2-bookworm-slim
WORKDIR /opt/gongfu
COPY package.json package-lock.json ./
COPY shared/package.json shared/
COPY edge/package.json edge/
COPY cloud/package.json cloud/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && install -d -o node -g node -m 0700 /var/lib/gongfu
ENV PORT=8080 \
    DATA_DIR=/var/lib/gongfu
# The user node of the image, by number: so a host that asks for "not root" can tell.
USER 1000
VOLUME ["/var/lib/gongfu"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=180s --retries=3 CMD ["node", "/opt/gongfu/deploy/images/health.mjs", "8080"]
ENTRYPOINT ["node", "/opt/gongfu/deploy/dist/demo/start.js"]

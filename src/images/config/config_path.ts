/** Where the configuration is looked for. */
export const defaultConfigPath = "/etc/mesos-docker/config.yaml";

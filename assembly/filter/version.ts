/**
 * Argot's version, as package.json has it, in the labels of the statistic `build_info` (see
 * stats.ts), which are written as Istio's `extraStatTags` looks for them in names (istio.io/istio,
 * tools/packaging/common/envoy_bootstrap.json). The configuration's revision follows.
 */
export const BUILD_LABELS = "argot_version=.=0.1.0;.;argot_revision=.=";

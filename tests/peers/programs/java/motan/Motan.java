package peers;

import com.weibo.api.motan.config.ProtocolConfig;
import com.weibo.api.motan.config.RegistryConfig;

/** What servers and clients set alike: protocol motan2, no registry. */
final class Motan {
  private Motan() {}

  static ProtocolConfig protocol() {
    ProtocolConfig protocol = new ProtocolConfig();
    protocol.setId("motan2");
    protocol.setName("motan2");
    protocol.setEndpointFactory("motan");
    protocol.setMinClientConnection(1);
    protocol.setMaxClientConnection(1);
    return protocol;
  }

  static RegistryConfig registry() {
    RegistryConfig registry = new RegistryConfig();
    registry.setRegProtocol("local");
    return registry;
  }
}

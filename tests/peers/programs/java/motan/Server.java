package peers;

import com.weibo.api.motan.common.MotanConstants;
import com.weibo.api.motan.config.ServiceConfig;
import com.weibo.api.motan.rpc.RpcContext;
import com.weibo.api.motan.util.MotanSwitcherUtil;

/** {@code Server NAME PORT}. */
public final class Server {
  public static void main(String[] args) throws Exception {
    ServiceConfig<Echo> service = new ServiceConfig<>();
    service.setInterface(Echo.class);
    service.setRef(
        new EchoServer(
            args[0], name -> RpcContext.getContext().getRequest().getAttachments().get(name)));
    service.setGroup("peers");
    service.setVersion("1.0");
    service.setHost("127.0.0.1");
    service.setRegistry(Motan.registry());
    service.setProtocol(Motan.protocol());
    service.setExport("motan2:" + args[1]);
    service.setApplication("peer-server");
    service.setModule("peers");
    service.setShareChannel(true);
    service.export();
    MotanSwitcherUtil.setSwitcherValue(MotanConstants.REGISTRY_HEARTBEAT_SWITCHER, true);
    Caller.print("ready", true);
    Thread.currentThread().join();
  }
}

package peers;

import com.weibo.api.motan.config.RefererConfig;
import com.weibo.api.motan.rpc.RpcContext;

/** {@code Client PORT}: see {@link Caller}. */
public final class Client {
  public static void main(String[] args) throws Exception {
    Echo echo = reference(Echo.class, args[0]);
    EchoMore more = reference(EchoMore.class, args[0]);

    Caller.run(
        (method, arg, attachments) -> {
          RpcContext.destroy();
          attachments.forEach(RpcContext.getContext()::setRpcAttachment);
          return method.equals("missing") ? more.missing(arg) : Caller.call(echo, method, arg);
        });
  }

  private static <T> T reference(Class<T> type, String port) {
    RefererConfig<T> reference = new RefererConfig<>();
    reference.setInterface(type);
    reference.setGroup("peers");
    reference.setVersion("1.0");
    reference.setDirectUrl("127.0.0.1:" + port);
    reference.setRequestTimeout(8000);
    reference.setApplication("peer-client");
    reference.setModule("peers");
    reference.setRetries(0);
    reference.setCheck("false");
    reference.setRegistry(Motan.registry());
    reference.setProtocol(Motan.protocol());
    reference.setShareChannel(true);
    return reference.getRef();
  }
}

package peers;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * What the programs say to the tests, and the other way round: JSON, a line each. A client makes
 * each call that it reads in a thread of its own:
 *
 * <pre>
 * in   {"id": 1, "method": "echo", "arg": "x", "attachments": {"user": "alice"}}
 * out  {"id": 1, "value": "v1:x", "ms": 3}
 * out  {"id": 1, "error": "package.Class", "message": "…", "ms": 3}
 * </pre>
 *
 * It ends when its input does. A server says {"ready": true}, and {"told": "x"} for oneway calls.
 */
public final class Caller {
  private Caller() {}

  /** Makes one call with the framework. */
  public interface Peer {
    Object call(String method, String arg, Map<String, String> attachments) throws Throwable;
  }

  static final class Command {
    int id;
    String method;
    String arg = "";
    Map<String, String> attachments = new HashMap<>();
  }

  private static final Gson GSON = new Gson();

  /** Makes the calls that standard input asks for, and ends the process. */
  public static void run(Peer peer) throws Exception {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    ExecutorService threads = Executors.newCachedThreadPool();
    print("ready", true);
    for (String line; (line = input.readLine()) != null; ) {
      Command command = GSON.fromJson(line, Command.class);
      threads.execute(() -> answer(peer, command));
    }
    Runtime.getRuntime().halt(0);
  }

  private static void answer(Peer peer, Command command) {
    JsonObject said = new JsonObject();
    said.addProperty("id", command.id);
    long start = System.nanoTime();
    try {
      said.addProperty(
          "value", String.valueOf(peer.call(command.method, command.arg, command.attachments)));
    } catch (Throwable error) {
      said.addProperty("error", error.getClass().getName());
      said.addProperty("message", String.valueOf(error.getMessage()));
    }
    said.addProperty("ms", (System.nanoTime() - start) / 1_000_000);
    print(said);
  }

  /** Calls the method of {@link Echo} by this name. */
  public static Object call(Echo echo, String method, String arg) throws Exception {
    switch (method) {
      case "echo":
        return echo.echo(arg);
      case "other":
        return echo.other(arg);
      case "refused":
        return echo.refused(arg);
      case "dead":
        return echo.dead(arg);
      case "attachment":
        return echo.attachment(arg);
      case "sleep":
        return echo.sleep(Integer.parseInt(arg));
      case "fail":
        return echo.fail(arg);
      case "crash":
        return echo.crash(arg);
      case "blob":
        byte[] data = bytes(Integer.parseInt(arg));
        return checked(data, echo.blob(data));
      case "tell":
        echo.tell(arg);
        return "told";
      default:
        throw new IllegalArgumentException(method);
    }
  }

  public static byte[] bytes(int count) {
    byte[] data = new byte[count];
    new Random(count).nextBytes(data);
    return data;
  }

  public static byte[] flipped(byte[] data) {
    byte[] result = new byte[data.length];
    for (int i = 0; i < data.length; i++) result[i] = (byte) ~data[i];
    return result;
  }

  /** How many bytes came back, if they are those of `sent`, flipped. */
  public static String checked(byte[] sent, byte[] got) {
    boolean equal = java.util.Arrays.equals(got, flipped(sent));
    return equal ? got.length + " bytes" : "wrong bytes";
  }

  /** The options KEY=VALUE after the first {@code skip} arguments. */
  public static Map<String, String> options(String[] args, int skip) {
    Map<String, String> options = new HashMap<>();
    for (int i = skip; i < args.length; i++) {
      String[] parts = args[i].split("=", 2);
      options.put(parts[0], parts[1]);
    }
    return options;
  }

  public static void print(String key, Object value) {
    JsonObject said = new JsonObject();
    said.add(key, GSON.toJsonTree(value));
    print(said);
  }

  private static synchronized void print(JsonObject said) {
    System.out.println(said);
    System.out.flush();
  }
}

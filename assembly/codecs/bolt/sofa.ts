/**
 * What SOFARPC puts into the content, in Hessian: requests are a SofaRequest and their arguments,
 * responses a SofaResponse, or any exception.
 *
 * SOFARPC's server takes the method from the content alone, whatever the header block says, and the
 * service from the block's `service`, else `sofa_head_target_service`, else the content. What is
 * reported here is what it takes, and a request that names two methods is refused: a rule that
 * heeded the one would let the other through.
 *
 * Source: SofaRpcSerialization and SofaRequestHessianSerializer of github.com/sofastack/sofa-rpc.
 */
import { isName, nameOf } from "../../bytes/name";
import { sameBytes } from "../../bytes/same";
import { Read } from "../codec";
import { keepText, keptAt, keptLength, readText, textIs as isLast } from "../hessian2/text";
import { failed, SHORT, WRONG } from "../position";
import { Metadata, Slot } from "../metadata";
import { isPlainUtf8 } from "../utf8";
import {
  begin,
  DEFINITION,
  enter,
  fields,
  isPlainText,
  names,
  NO_OBJECT,
  NULL,
  OBJECT,
  skipValue,
} from "./hessian";
import * as header from "./header";
import { codecOf, HESSIAN } from "./protocol";

const SOFA_REQUEST = nameOf("com.alipay.sofa.rpc.core.request.SofaRequest");
const METHOD = nameOf("methodName");
const SERVICE = nameOf("targetServiceUniqueName");
const PROPERTIES = nameOf("requestProps");
const DETAIL_MESSAGE = nameOf("detailMessage");
const ERROR_MESSAGE = nameOf("errorMsg");
const TWO_METHODS = nameOf("the header block and the content name different methods");
/** A small int. */
const INT: i32 = 0x90;
const APP_RESPONSE = nameOf("appResponse");

/** How SOFARPC's own clients define the class, and begin an object of it: as good as always. */
const DEFINITION_OF_JAVA = definition([
  "targetAppName",
  "methodName",
  "targetServiceUniqueName",
  "requestProps",
  "methodArgSigs",
]);

function definition(fields: string[]): ArrayBuffer {
  let n = 5 + SOFA_REQUEST.byteLength;
  for (let i = 0; i < fields.length; i++) n += 1 + fields[i].length;
  const bytes = new ArrayBuffer(n);
  let p = changetype<usize>(bytes);
  store<u8>(p++, <u8>DEFINITION);
  store<u8>(p++, <u8>(INT + SOFA_REQUEST.byteLength));
  memory.copy(p, changetype<usize>(SOFA_REQUEST), SOFA_REQUEST.byteLength);
  p += SOFA_REQUEST.byteLength;
  store<u8>(p++, <u8>(INT + fields.length));
  for (let i = 0; i < fields.length; i++) {
    store<u8>(p++, <u8>fields[i].length);
    p += String.UTF8.encodeUnsafe(changetype<usize>(fields[i]), fields[i].length, p);
  }
  store<u8>(p++, <u8>OBJECT);
  store<u8>(p, <u8>INT);
  return bytes;
}

export function isSofaRequest(name: usize, n: u32): bool {
  return isName(SOFA_REQUEST, name, n);
}

/** Sets service and method, if they are names that can be heeded. */
export function setCall(
  m: Metadata,
  service: usize,
  serviceLength: u32,
  method: usize,
  methodLength: u32,
): Read {
  if (service != 0) {
    if (!isPlainUtf8(service, serviceLength)) return Read.MALFORMED;
    m.set(Slot.SERVICE, service, serviceLength);
  }
  if (method != 0) {
    if (!isPlainUtf8(method, methodLength)) return Read.MALFORMED;
    m.set(Slot.METHOD, method, methodLength);
  }
  return Read.DONE;
}

/** Reads service and method of a request of SOFARPC, whose header block has been read. */
export function readSofa(content: usize, end: usize, isPart: bool, m: Metadata): Read {
  let service = header.serviceAt != 0 ? header.serviceAt : header.targetAt;
  let serviceLength = header.serviceAt != 0 ? header.serviceLength : header.targetLength;
  let method = header.methodAt;
  let methodLength = header.methodLength;
  if (codecOf(m) == HESSIAN) {
    const p = readCall(content, end, m);
    if (p == SHORT && isPart) return Read.INCOMPLETE;
    if (failed(p)) return Read.MALFORMED;
    m.headEnd = p;
    const isSame = methodLength == callMethodLength && sameBytes(method, callMethod, methodLength);
    if (method != 0 && !isSame) {
      m.errorMessage = changetype<usize>(TWO_METHODS);
      m.errorMessageLength = TWO_METHODS.byteLength;
      return Read.MALFORMED;
    }
    method = callMethod;
    methodLength = callMethodLength;
    if (service == 0 || serviceLength == 0) {
      service = callService;
      serviceLength = callServiceLength;
    }
  }
  if (service != 0 && isBlank(service, serviceLength)) return Read.MALFORMED;
  return setCall(m, service, serviceLength, method, methodLength);
}

/**
 * Is there nothing in the name that is surely seen? A blank one counts as none for SOFARPC, and
 * Java knows many blanks; it takes no name that consists of them.
 */
function isBlank(p: usize, n: u32): bool {
  for (const end = p + n; p < end; p++) {
    const c = <u32>load<u8>(p);
    if (c > 0x20 && c < 0x7f) return false;
  }
  return true;
}

// --- what `readCall` found; addresses, 0: null
let callMethod: usize = 0;
let callMethodLength: u32 = 0;
let callService: usize = 0;
let callServiceLength: u32 = 0;

/** Reads a SofaRequest up to its method and service, whichever comes last. */
function readCall(p: usize, end: usize, m: Metadata): usize {
  let method = 1;
  let service = 2;
  const known = <usize>DEFINITION_OF_JAVA.byteLength;
  if (end - p >= known && sameBytes(p, changetype<usize>(DEFINITION_OF_JAVA), known)) p += known;
  else {
    p = enterFirst(p, end);
    if (failed(p)) return p;
    method = fieldOf(METHOD, end);
    service = fieldOf(SERVICE, end);
    if (method < 0 || service < 0) return WRONG;
  }
  const last = max(method, service);
  for (let i = 0; i <= last; i++) {
    const isMethod = i == method;
    if (!isMethod && i != service) {
      p = skipValue(p, end);
      if (failed(p)) return p;
      continue;
    }
    p = readString(p, end, m);
    if (failed(p)) return p;
    if (isMethod) {
      callMethod = keptAt;
      callMethodLength = keptLength;
    } else {
      callService = keptAt;
      callServiceLength = keptLength;
    }
  }
  return p;
}

/** Enters the object at `p`, whose class is defined there and nowhere else. */
function enterFirst(p: usize, end: usize): usize {
  begin();
  if (p >= end) return SHORT;
  if (load<u8>(p) != DEFINITION) return WRONG;
  p = enter(p, end);
  return failed(p) || fields != NO_OBJECT ? p : WRONG;
}

/** Which field of the object that was entered has the name; -1: none, or more than one. */
function fieldOf(wanted: ArrayBuffer, end: usize): i32 {
  let found = -1;
  let name = names;
  for (let i: u32 = 0; i < fields; i++) {
    name = readText(name, end);
    if (!textIs(wanted)) continue;
    if (found >= 0) return -1;
    found = i;
  }
  return found;
}

/** Reads the string or null at `p`; `keptAt` and `keptLength` tell where it lies. */
function readString(p: usize, end: usize, m: Metadata): usize {
  if (p >= end) return SHORT;
  const tag = <u32>load<u8>(p);
  if (tag != NULL && !isPlainText(tag)) return WRONG;
  p = readText(p, end);
  return failed(p) || keepText(m) ? p : WRONG;
}

/**
 * Where the value of the properties lies in a SofaRequest, to which the block's attachments are
 * added; 0: there is none that can be read.
 */
export function propertiesAt(p: usize, end: usize): usize {
  p = enterFirst(p, end);
  if (failed(p)) return 0;
  const properties = fieldOf(PROPERTIES, end);
  if (properties < 0) return 0;
  for (let i = 0; i < properties && !failed(p); i++) p = skipValue(p, end);
  return failed(p) ? 0 : p;
}

/** Reads the message of the exception, or of the SofaResponse, that the content is, if it can. */
export function readMessage(p: usize, end: usize, m: Metadata): void {
  begin();
  readFields(p, end, m, true);
}

function readFields(p: usize, end: usize, m: Metadata, isOuter: bool): void {
  p = enter(p, end);
  if (fields == NO_OBJECT) return;
  let name = names;
  for (let left = fields; left > 0 && !failed(p); left--) {
    name = readText(name, end);
    if (textIs(DETAIL_MESSAGE) || textIs(ERROR_MESSAGE)) p = readError(p, end, m);
    else if (isOuter && textIs(APP_RESPONSE)) return readFields(p, end, m, false);
    else p = skipValue(p, end);
  }
}

/** Takes the value at `p` for the message, if it is a string of one piece. */
function readError(p: usize, end: usize, m: Metadata): usize {
  if (p >= end || !isPlainText(load<u8>(p))) return skipValue(p, end);
  p = readString(p, end, m);
  if (failed(p)) return p;
  m.errorMessage = keptAt;
  m.errorMessageLength = keptLength;
  return p;
}

/** Is the string that was read last this one? */
@inline
function textIs(name: ArrayBuffer): bool {
  return isLast(changetype<usize>(name), name.byteLength);
}

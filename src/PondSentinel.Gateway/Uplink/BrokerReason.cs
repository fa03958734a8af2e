using System.Globalization;

namespace PondSentinel.Gateway.Uplink;

/// <summary>A reason code of MQTT 5, as a broker gives it in CONNACK, PUBACK, SUBACK or DISCONNECT, and what a person should do
/// about it. Pure.</summary>
/// <remarks>Codes and names: MQTT 5, 2.4. Codes 1 to 5 are those of a CONNACK of MQTT 3.1.1, which an old broker gives
/// whatever it is asked in.</remarks>
/// <param name="Code">The code.</param>
/// <param name="Text">The broker's own words; null where it has none.</param>
/// <param name="Server">The server it names instead of itself; null where it names none.</param>
internal readonly record struct BrokerReason(int Code, string? Text = null, string? Server = null)
{
    /// <summary>Another client has come with the same id.</summary>
    public const int SessionTakenOver = 0x8E;

    private const int TextLengthMax = 200;

    private const string LookIntoLog = "look into the broker's log";
    private const string Wait = "it is tried again; where it goes on, look after the broker";
    private const string TellMakers = "look into the broker's log and tell the makers";
    private const string RaiseLimits = "raise the broker's limits for this gateway, or set backlog_rate in [uplink]";
    private const string CheckPassword = "check password in [uplink] and the user at the broker; its name is the gateway's id";
    private const string CheckAccess = "check the broker's access list and the certificate for this gateway";
    private const string CheckId = "the client id is the gateway's id: let the broker take it";

    private const string CheckVersion =
        "set protocol in [uplink] to what the broker speaks, \"3.1.1\" where it is an old one";

    /// <summary>The code's name, its number and the broker's own words.</summary>
    public string Words
    {
        get
        {
            var words = string.Create(CultureInfo.InvariantCulture, $"{Name(Code)} (0x{Code:X2})");
            return string.IsNullOrEmpty(Text) ? words : $"{words}, \"{Cut(Text)}\"";
        }
    }

    /// <summary>The same, and what to do.</summary>
    public string Sentence => $"{Words}; {Advice}";

    private string Advice => Code switch
    {
        0x01 or 0x84 => CheckVersion,
        0x02 or 0x85 => CheckId,
        0x04 or 0x86 => CheckPassword,
        0x05 or 0x87 => CheckAccess,
        0x03 or 0x88 or 0x89 or 0x8B or 0x9F or 0xA0 => Wait,
        0x81 or 0x82 or 0x8F or 0x90 or 0x91 or 0x93 or 0x94 or 0x99 => TellMakers,
        0x8A => "lift the ban at the broker",
        0x8C => "let the broker take a user name and a password, or a certificate",
        0x8D => "a thin link now and then does that; where it happens often, raise keep_alive in [uplink]",
        SessionTakenOver => "a second gateway has this id, or this one runs twice: give each an id of its own",
        0x95 => "raise the largest packet that the broker takes; 512 KiB is always enough",
        0x96 or 0x97 => RaiseLimits,
        0x98 => "ask whoever runs the broker",
        0x9A => "let the broker keep retained messages: state and meta are such",
        0x9B => "let the broker take QoS 1",
        0x9C or 0x9D => Server is { Length: > 0 } server
            ? $"the broker names \"{Cut(server)}\"; where that is right, set host in [uplink] to it"
            : "ask whoever runs the broker for the new one and set host in [uplink] to it",
        _ => LookIntoLog,
    };

    private static string Name(int code) => code switch
    {
        0x00 => "normal end",
        0x01 => "protocol version of MQTT 3.1.1 not taken",
        0x02 => "client id refused",
        0x03 => "server unavailable",
        0x04 => "bad user name or password",
        0x05 => "not authorised",
        0x81 => "malformed packet",
        0x82 => "protocol error",
        0x83 => "implementation specific error",
        0x84 => "protocol version not supported",
        0x85 => "client id not valid",
        0x86 => "bad user name or password",
        0x87 => "not authorised",
        0x88 => "server unavailable",
        0x89 => "server busy",
        0x8A => "banned",
        0x8B => "server shutting down",
        0x8C => "bad authentication method",
        0x8D => "keep-alive timeout",
        SessionTakenOver => "session taken over",
        0x8F => "topic filter invalid",
        0x90 => "topic name invalid",
        0x91 => "packet identifier in use",
        0x93 => "receive maximum exceeded",
        0x94 => "topic alias invalid",
        0x95 => "packet too large",
        0x96 => "message rate too high",
        0x97 => "quota exceeded",
        0x98 => "administrative action",
        0x99 => "payload format invalid",
        0x9A => "retain not supported",
        0x9B => "QoS not supported",
        0x9C => "use another server",
        0x9D => "server moved",
        0x9F => "connection rate exceeded",
        0xA0 => "maximum connect time",
        _ => "unspecified error",
    };

    private static string Cut(string text) => text.Length > TextLengthMax ? text[..TextLengthMax] : text;
}

using System.Net.Sockets;

namespace PondSentinel.Tls;

/// <summary>Says in sentences what the other side means where a connection ends in or right after the handshake.</summary>
/// <remarks>With TLS 1.3 a broker refuses a client's certificate after the client thinks that the handshake is over, so this
/// may come with the first answer, as one word of the protocol (RFC 8446, 6.2) in the text of an exception.</remarks>
public static class Handshake
{
    private static readonly (string Word, string Meaning)[] Words =
    [
        ("alert certificate revoked", "the broker says that our certificate has been revoked; have a new one made"),
        ("alert certificate expired", "the broker says that our certificate has expired; renew it, and check both clocks"),
        ("alert unknown ca", "the broker does not know who has signed our certificate; it must be of the broker's authority"),
        ("certificate required", "the broker wants a certificate of ours; name certificate and key"),
        ("alert unsupported certificate", "the broker does not take our certificate for one of a client"),
        ("alert bad certificate", "the broker does not take our certificate; its log says why"),
        ("alert certificate unknown", "the broker does not take our certificate; its log says why"),
        ("alert access denied", "the broker does not take our certificate; its log says why"),
        ("alert protocol version", "the broker and we have no version of TLS in common; it must have 1.2 or later"),
        ("unsupported protocol", "the broker and we have no version of TLS in common; it must have 1.2 or later"),
        ("alert handshake failure", "the broker and we agree on nothing; it may want a certificate of ours, its log says why"),
        ("wrong version number", "what answers there does not speak TLS; check the port"),
        ("cannot determine the frame size", "what answers there does not speak TLS; check the port"),
    ];

    private static readonly (string Word, string Meaning)[] WordsOfClients =
    [
        ("unsupported protocol", "it speaks no TLS of version 1.2 or later"),
        ("cannot determine the frame size", "it does not speak TLS; tls = true there"),
        ("wrong version number", "it does not speak TLS; tls = true there"),
        ("http request", "it does not speak TLS; tls = true there"),
        ("alert unknown ca", "it does not know who has signed our certificate; its ca must be our authority"),
        ("alert bad certificate", "it does not take our certificate; its journal says why"),
        ("alert certificate", "it does not take our certificate; its journal says why"),
        ("unexpected eof", "it has gone in the middle of the TLS handshake; its journal says why"),
    ];

    /// <summary>What a broker means, in one line; null where nothing of the kind is known.</summary>
    /// <param name="failure">What ended the connection.</param>
    public static string? Meaning(Exception? failure) => Find(Words, failure);

    /// <summary>What a client means, in one line; null where nothing of the kind is known.</summary>
    /// <param name="failure">What ended the connection.</param>
    public static string? MeaningOfClient(Exception? failure) => Find(WordsOfClients, failure);

    /// <summary>Whether the other side has ended the connection without a word.</summary>
    /// <param name="failure">What ended it.</param>
    internal static bool IsBroken(Exception failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted
                        or SocketError.Shutdown or SocketError.NotConnected }
                || cause.Message.Contains("unexpected EOF", StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static string? Find((string Word, string Meaning)[] words, Exception? failure)
    {
        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            foreach (var (word, meaning) in words)
            {
                if (cause.Message.Contains(word, StringComparison.OrdinalIgnoreCase))
                {
                    return meaning;
                }
            }
        }

        return null;
    }
}

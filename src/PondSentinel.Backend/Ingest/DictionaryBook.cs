using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Broker;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>The dictionaries that gateways pack with, made from their descriptions: the newest few of each gateway. Behind it
/// everything is as if there were none.</summary>
/// <remarks>Used by one at a time.</remarks>
internal sealed class DictionaryBook
{
    // What was packed with an older one may still wait at the broker.
    private const int Kept = 4;

    private readonly Dictionary<string, List<PackingDictionary>> byGateway = new(StringComparer.Ordinal);

    /// <summary>Reads what is known.</summary>
    /// <param name="transaction">A transaction that reads.</param>
    public DictionaryBook(SqliteTransaction transaction)
    {
        foreach (var (gateway, meta) in transaction.Query(
            "SELECT gateway, meta FROM ingest_dictionary ORDER BY gateway, at_ms",
            reader => (reader.GetString(0), reader.GetFieldValue<byte[]>(1))))
        {
            if (Of(meta) is { } dictionary)
            {
                Note(gateway, dictionary);
            }
        }
    }

    /// <summary>Id of the dictionary of a gateway's newest description; null where it has none.</summary>
    public string? NewestOf(string gateway) =>
        byGateway.TryGetValue(gateway, out var own) && own is [.., var newest] ? newest.Id : null;

    /// <summary>The dictionary of a description.</summary>
    /// <param name="meta">The description.</param>
    /// <returns>Null where it makes none.</returns>
    public static PackingDictionary? Of(ReadOnlySpan<byte> meta) =>
        MetaCodec.Decode(meta).Value is { } described ? PackingDictionary.Of(described) : null;

    /// <summary>Keeps a description whose dictionary is not that of the gateway's newest.</summary>
    /// <param name="transaction">The transaction that keeps it; <see cref="Note"/> is called once it has committed.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="meta">The description.</param>
    /// <param name="dictionary">Its dictionary.</param>
    /// <param name="nowMs">Now: UTC ms since 1970.</param>
    public void Keep(
        SqliteTransaction transaction, string gateway, ReadOnlySpan<byte> meta, PackingDictionary dictionary, long nowMs)
    {
        if (dictionary.Id == NewestOf(gateway))
        {
            return;
        }

        transaction.Execute(
            "INSERT INTO ingest_dictionary VALUES ($gateway, $id, $now, $meta) ON CONFLICT DO UPDATE SET at_ms = excluded.at_ms",
            ("$gateway", gateway), ("$id", dictionary.Id), ("$now", nowMs), ("$meta", meta.ToArray()));
        transaction.Execute(
            """
            DELETE FROM ingest_dictionary WHERE gateway = $gateway AND id NOT IN (
              SELECT id FROM ingest_dictionary WHERE gateway = $gateway ORDER BY at_ms DESC LIMIT $kept)
            """,
            ("$gateway", gateway), ("$kept", Kept));
    }

    /// <summary>Takes a dictionary as the newest of a gateway.</summary>
    public void Note(string gateway, PackingDictionary dictionary)
    {
        if (!byGateway.TryGetValue(gateway, out var own))
        {
            byGateway[gateway] = own = [];
        }

        own.RemoveAll(known => known.Id == dictionary.Id);
        own.Add(dictionary);
        if (own.Count > Kept)
        {
            own.RemoveAt(0);
        }
    }

    /// <summary>Takes the packing off a message that was packed with a dictionary. What cannot be unpacked stays as it is: its
    /// reader says what is wrong with it.</summary>
    public Delivery Opened(Delivery delivery, Topic topic)
    {
        if (PackingDictionary.IdIn(delivery.Payload.Span) is not { } id
            || !byGateway.TryGetValue(topic.Gateway, out var own)
            || own.Find(known => known.Id == id) is not { } dictionary
            || delivery.Payload.Length > Batch.SentBytesMax)
        {
            return delivery;
        }

        var isBatch = topic.Kind is TopicKind.DataLive or TopicKind.DataBack;
        var json = dictionary.Unpack(
            delivery.Payload.Span, isBatch ? PackingDictionary.BatchBytesMax : HealthCodec.BytesMax, out var fault);
        if (fault is not null)
        {
            return delivery;
        }

        // It is archived as it goes on, and read there by whoever has no dictionary.
        return delivery with { Payload = isBatch && BatchCodec.Pack(json.Span) is var packed && packed.Length < json.Length ? packed : json };
    }
}

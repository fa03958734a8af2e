using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PondSentinel.Backend.Averages;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Alerting;

/// <summary>The channel a rule is applied to.</summary>
/// <param name="Site">Site.</param>
/// <param name="Station">Station: a device that moves is another subject, as its points are other series.</param>
/// <param name="Gateway">Gateway.</param>
/// <param name="Device">Device.</param>
/// <param name="Channel">Channel within the device.</param>
/// <param name="Measurand">Quantity, unit and basis.</param>
public sealed record AlertSubject(
    string Site, string Station, string Gateway, string Device, string Channel, Measurand Measurand)
{
    private const int ReadableLengthMax = 23;
    private const string GatewayDevice = "gateway";
    private const string BackendDevice = "backend";
    private const string CertificateDevice = "certificate";

    /// <summary>What stands in the place of a device where the backend itself finds something.</summary>
    internal static IReadOnlyList<string?> FoundDevices { get; } = [GatewayDevice, BackendDevice, CertificateDevice];

    /// <summary>The channel of a point.</summary>
    /// <param name="point">The point.</param>
    public static AlertSubject Of(Point point) =>
        new(point.Site, point.Station, point.Gateway, point.Device, point.Channel, point.Measurand);

    /// <summary>What is known of a gateway as such: how long nothing has been heard of it. Its name stands for the station too: it may
    /// serve several.</summary>
    /// <param name="gateway">The gateway.</param>
    public static AlertSubject Of(GatewayName gateway) =>
        new(gateway.Site, gateway.Gateway, gateway.Gateway, GatewayDevice, "link", Measurand.GatewaySilence);

    /// <summary>What is known of the certificate that a gateway shows to its broker.</summary>
    /// <param name="gateway">The gateway.</param>
    public static AlertSubject CertificateOf(GatewayName gateway) =>
        new(gateway.Site, gateway.Gateway, gateway.Gateway, GatewayDevice, "certificate", Measurand.CertificateDays);

    /// <summary>What is known of a certificate of this machine. It is of no site, so the backend's name stands there too.</summary>
    /// <param name="backend">The backend's name.</param>
    /// <param name="name">What the certificate is called.</param>
    public static AlertSubject CertificateOf(string backend, string name) =>
        new(backend, backend, backend, CertificateDevice, name, Measurand.CertificateDays);

    /// <summary>What is known of a gateway's clock.</summary>
    /// <param name="gateway">The gateway.</param>
    public static AlertSubject ClockOf(GatewayName gateway) =>
        new(gateway.Site, gateway.Gateway, gateway.Gateway, GatewayDevice, "clock", Measurand.ClockError);

    /// <summary>What is known of this machine's clock. It is of no site, so the backend's name stands there too.</summary>
    /// <param name="backend">The backend's name.</param>
    public static AlertSubject ClockOf(string backend) => new(backend, backend, backend, BackendDevice, "clock", Measurand.ClockError);

    /// <summary>Whether all that is kept of it is what the backend itself has noticed, by its own clock.</summary>
    public bool IsNoticed => Measurand.IsFoundByBackend;

    /// <summary>The gateway that it is of.</summary>
    internal GatewayName Owner => new(Site, Gateway);

    /// <summary>The channel, and the average of it that this is; null where it is the channel itself.</summary>
    public (string Channel, string? Average) Name => AverageChannel.Parts(Channel);

    /// <summary>One level of a topic that names the channel within its site, in the form of a name: what people know it by,
    /// then eight digits of a hash, because two channels may read alike and the whole would be too long.</summary>
    public string TopicName
    {
        get
        {
            var (channel, average) = Name;
            var readable = average is null ? $"{Device}-{channel}" : $"{Device}-{channel}-{average}";
            var hash = Convert.ToHexStringLower(HashOf($"{Gateway}/{Station}/{Device}/{Channel}/{Measurand.WireName}").AsSpan(0, 4));
            return $"{readable.AsSpan(0, Math.Min(readable.Length, ReadableLengthMax))}-{hash}";
        }
    }

    /// <summary>The number of the channel where it is an input of a rule for another: the same for ever, so that the values of several
    /// are in one order whichever was seen first. Above 255: those below have other meanings.</summary>
    public long Source =>
        (BinaryPrimitives.ReadInt64LittleEndian(HashOf($"{Site}/{Gateway}/{Station}/{Device}/{Channel}/{Measurand.WireName}")) & long.MaxValue) | 0x100;

    /// <summary>For a log line: <c>site/station device.channel</c>.</summary>
    public override string ToString() => $"{Site}/{Station} {Device}.{Channel}";

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}

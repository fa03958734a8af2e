using System.Text.Json;
using CsCheck;
using PondSentinel.Measurements;
using PondSentinel.Wire;
using static PondSentinel.Tests.Wire.WireAtoms;

namespace PondSentinel.Tests.Wire;

/// <summary>Arbitrary messages that hold the contract.</summary>
internal static class WireGen
{
    // What is printable, also beyond the basic plane; what needs escaping in JSON.
    private static readonly Gen<string> GenText =
        Gen.OneOf("µg/m³", "\"", "\\", "/", "水温", "😀", "<&>'+", "NH4+ ", "\u00A0", "\u2028", "\uFFFD")
            .Array[0, 5].Select(string.Concat);

    private static readonly Gen<long?> GenTime = Gen.Long[-NumberMax, NumberMax].Nullable();

    private static readonly Gen<SequenceRange> GenRange =
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Long[0, 100], (first, more) => new SequenceRange(first, first + more));

    private static readonly Gen<List<HeldEpoch>> GenInventory =
        Gen.Select(Epoch, Gen.Long[0, 1_000_000], Gen.Long[-1, 1_000], (epoch, first, more) =>
            new HeldEpoch(epoch, first, first + more)).List[0, 5];

    private static readonly Gen<SequenceRange[]> GenGaps =
        Gen.Select(Gen.Long[1, 9], Gen.Long[0, 5]).Array[0, Receipt.GapsMax].Select(steps =>
        {
            var next = 0L;
            return steps.Select(step =>
            {
                var first = next + step.Item1 - 1;
                next = first + step.Item2 + 1;
                return new SequenceRange(first, next - 1);
            }).ToArray();
        });

    private static readonly Gen<EventReceipt> GenSettled = Gen.Select(GenGaps, Number, (gaps, more) =>
        new EventReceipt(Math.Min((gaps.Length == 0 ? -1 : gaps[^1].Last) + more, NumberMax), gaps));

    private static readonly Gen<object> GenReceipt =
        from backend in Name
        from generation in Number
        from number in Number
        from epoch in Epoch
        from settled in GenSettled
        from rejected in Gen.Select(GenRange, Gen.OneOf("malformed", "type", "range", "size", "new-cause"), (range, cause) =>
            new RejectedRange(range, cause)).Array[0, 5]
        from eventsRejected in Gen.Select(GenRange, Gen.OneOf("malformed", "site", "size"), (range, cause) =>
            new RejectedRange(range, cause)).Array[0, 3]
        from unused in GenGaps
        from dictionary in Gen.OneOf("0cd1f2a7", "ffffffff").Null()
        from events in GenSettled.Select(settled => settled with { Rejected = eventsRejected }).Null()
        select (object)new Ack(
            new Receipt
            {
                By = backend,
                Generation = generation,
                Number = number,
                Epoch = epoch,
                UpTo = settled.UpTo,
                Gaps = settled.Gaps,
                Rejected = rejected,
                Unused = [.. unused.Take(Receipt.UnusedMax)],
                Dictionary = dictionary,
                Events = events,
            },
            null);

    private static readonly Gen<object> GenEvent =
        from gateway in Name
        from epoch in Epoch
        from number in Number
        from time in Gen.Long[-NumberMax, NumberMax]
        from clock in Clock
        from device in Name.Null()
        from type in Gen.OneOf("fault", "cal", "meta", "of-tomorrow")
        from text in GenText
        from amount in Number
        select (object)new EventMessage
        {
            Gateway = gateway,
            Epoch = epoch,
            Number = number,
            TimeMs = time,
            Clock = clock,
            Device = device,
            Type = type,
            Body = JsonElement.Parse(
                $$"""{"n":{{amount}},"list":[1.50,true,null,{"deep":[[["e"]]]}],"text":"{{JsonEncodedText.Encode(text)}}"}"""),
        };

    private static readonly Gen<object> GenState =
        from connected in Gen.Bool
        from reason in Name.Null()
        from hardware in GenText.Null()
        from software in GenText.Null()
        from epoch in Epoch.Null()
        from inventory in GenInventory
        from believed in Gen.Select(Name, Number, Number, (backend, generation, number) =>
            new BelievedReceipt(backend, generation, number)).Nullable()
        from seconds in Gen.Int[1, StateCodec.ReceiptSecondsMax].Nullable()
        select (object)new StateMessage
        {
            On = connected, Reason = reason, Hardware = hardware, Software = software, Epoch = epoch, Inventory = inventory,
            Believed = believed,
            ReceiptSeconds = seconds,
        };

    private static readonly Gen<DeviceHealth> GenDeviceHealth = Gen.Select(Name, Name, Number, Number, (device, bus, polls, failed) =>
        new DeviceHealth(device, bus, polls, failed, polls / 2, failed / 2));

    private static readonly Gen<BusHealth> GenBusHealth = Gen.Select(Name, Number, Number, Gen.Bool, (bus, resets, cycles, isModbus) =>
        new BusHealth(bus, resets, cycles) { Modbus = isModbus ? new ModbusHealth(cycles, resets / 2, cycles / 2) : null });

    private static readonly Gen<object> GenHealth =
        from time in Gen.Long[-NumberMax, NumberMax]
        from clock in Clock.Nullable()
        from numbers in Number.Array[7]
        from oldest in GenTime
        from fault in GenText.Null()
        from lost in Gen.Select(Number, Number, (full, bad) =>
            new Dictionary<LossCause, long> { [LossCause.Full] = full, [LossCause.Bad] = bad })
        from devices in GenDeviceHealth.Array[0, 4]
        from free in Number.Nullable()
        from celsius in Gen.Double[-40, 125].Nullable()
        from undervoltage in Gen.Bool.Nullable()
        from certificateDays in Gen.Int[-HealthCodec.CertificateDaysMax, HealthCodec.CertificateDaysMax].Nullable()
        from compared in Gen.Select(Gen.Long[-NumberMax, NumberMax], Number, Number, (off, error, age) => new ClockComparison(off, error, age)).Nullable()
        from buses in GenBusHealth.Array[0, 3]
        from inventory in GenInventory
        select (object)new HealthMessage
        {
            TimeMs = time,
            Clock = clock,
            UptimeSeconds = numbers[0],
            Unsettled = numbers[1],
            UnsettledBytes = numbers[2],
            OldestUnsettledMs = oldest,
            BufferBytes = numbers[3],
            BufferBytesMax = numbers[4],
            BufferFault = fault,
            Lost = lost,
            BytesSent = numbers[5],
            Connects = numbers[6],
            Devices = devices,
            Buses = buses,
            DiskFreeBytes = free,
            ResidentBytes = free,
            ProcessorCelsius = celsius,
            Undervoltage = undervoltage,
            CertificateDays = certificateDays,
            AgainstBackend = compared,
            Inventory = inventory,
            Link = undervoltage is null
                ? null
                : new LinkHealth(numbers[0], numbers[1], numbers[2]) { MonthBytes = free, BudgetBytes = numbers[3] },
        };

    private static readonly Gen<MetaChannel> GenMetaChannel =
        from id in Name
        from measurand in Gen.Enum<Measurand>()
        from label in GenText.Null()
        from method in GenText.Null()
        from range in Gen.Select(Gen.Double[-1e9, 1e9], Gen.Double[-1e9, 1e9]).Nullable()
        from depth in Gen.Double[0, 100].Nullable()
        from calibration in Name.Null()
        select new MetaChannel
        {
            Id = id,
            Measurand = measurand,
            Label = label,
            Method = method,
            Range = range,
            LimitOfDetection = depth,
            DepthMetres = depth,
            Calibration = calibration,
        };

    private static readonly Gen<MetaDevice> GenMetaDevice =
        from id in Name
        from station in Name
        from label in GenText.Null()
        from serial in GenText.Null()
        from verified in Gen.Bool
        from interval in Number
        from channels in GenMetaChannel.Array[0, 3]
        select new MetaDevice
        {
            Id = id,
            Label = label,
            Station = station,
            Model = "yosemitech-y560",
            Serial = serial,
            VerifiedOnHardware = verified,
            Grade = verified ? "reference" : "indicative",
            IntervalMs = interval,
            Channels = channels,
        };

    private static readonly Gen<MetaStation> GenStation =
        from id in Name
        from label in GenText.Null()
        from latitude in Gen.Double[-90, 90].Nullable()
        from longitude in Gen.Double[-180, 180].Nullable()
        from downstream in Name.Array[0, 3]
        select new MetaStation
        {
            Id = id, Label = label, Latitude = latitude, Longitude = longitude, UpstreamOf = downstream,
        };

    // The schema is the codec's to give, so the message is taken with the one it gets.
    private static readonly Gen<object> GenMeta =
        Gen.Select(Name, GenStation.Array[0, 3], GenMetaDevice.Array[0, 3], (gateway, stations, devices) =>
        {
            var meta = new MetaMessage { Gateway = gateway, Schema = "", Stations = stations, Devices = devices };
            MetaCodec.Encode(meta, out var schema);
            return (object)(meta with { Schema = schema });
        });

    private static readonly Gen<string> GenNonce = Gen.String[Gen.Char["abcXYZ019_-"], 1, 64];

    /// <summary>A message of any kind with its codec.</summary>
    public static readonly Gen<(AnyCodec Codec, object Message)> Any = Gen.OneOf(
        With("batch", BatchGen.Any.Select(batch => (object)batch)),
        With("event", GenEvent),
        With("receipt", GenReceipt),
        With("state", GenState),
        With("health", GenHealth),
        With("meta", GenMeta),
        With("time-question", GenNonce.Select(nonce => (object)new TimeRequest(nonce))),
        With("time-answer", Gen.Select(
            GenNonce, Gen.Long[-NumberMax, NumberMax], Number.Nullable(), (nonce, now, error) =>
                (object)new Ack(null, new TimeAnswer(nonce, now, error)))),
        With("replay", Gen.Select(Epoch, GenRange, (epoch, range) => (object)new ReplayCommand(epoch, range))));

    private static Gen<(AnyCodec Codec, object Message)> With(string codec, Gen<object> gen)
    {
        var known = AnyCodec.For(codec);
        return gen.Select(message => (known, message));
    }
}

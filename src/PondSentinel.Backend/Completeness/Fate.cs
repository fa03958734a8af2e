using PondSentinel.Backend.Ingest;
using PondSentinel.Measurements;

namespace PondSentinel.Backend.Completeness;

/// <summary>What became of a poll that was due. The numbers are kept in the state database: never renumber, only add.</summary>
internal enum Fate : byte
{
    /// <summary>Nothing is known: of no finished account.</summary>
    None = 0,

    Good = 1,
    Unchecked = 2,
    Suspect = 3,
    Bad = 4,
    Serviced = 5,

    NoAnswer = 16,
    TimedOut = 17,
    DeviceRefused = 18,
    Garbled = 19,
    BusDown = 20,
    DeviceFault = 21,
    OverRange = 22,
    Maintenance = 23,
    NoValue = 24,
    WrongDevice = 25,
    NotReady = 26,
    Absent = 27,

    Thinned = 32,

    LostFull = 48,
    LostBad = 49,
    LostSpace = 50,
    LostCard = 51,
    LostOther = 52,

    Malformed = 64,
    UnknownType = 65,
    OutOfRange = 66,
    TooLarge = 67,
    OtherSite = 68,
    TooManyChannels = 69,

    Power = 80,
    Crash = 81,
    Stop = 82,
    Off = 83,
    Spared = 84,
    Busy = 85,

    Waiting = 96,
    Unheard = 97,
    Before = 98,
}

/// <summary>Fates of a kind.</summary>
internal enum FateGroup
{
    Value,
    NoValue,
    Thinned,
    Lost,
    Refused,
    NotMeasured,
    Unknown,
}

/// <summary>Names and meanings of fates.</summary>
internal static class Fates
{
    private static readonly (Fate Fate, FateGroup Group, string Token, string Words, string WordsZh)[] Table =
    [
        (Fate.Good, FateGroup.Value, "good", "good", "合格"),
        (Fate.Unchecked, FateGroup.Value, "unchecked", "not checked", "未检验"),
        (Fate.Suspect, FateGroup.Value, "suspect", "suspect", "可疑"),
        (Fate.Bad, FateGroup.Value, "bad", "bad", "不合格"),
        (Fate.Serviced, FateGroup.Value, "serviced", "taken in maintenance", "维护期间测得"),
        (Fate.NoAnswer, FateGroup.NoValue, "no-answer", "the device did not answer", "设备无应答"),
        (Fate.TimedOut, FateGroup.NoValue, "timed-out", "the device did not answer in time", "设备应答超时"),
        (Fate.DeviceRefused, FateGroup.NoValue, "device-refused", "the device refused to answer", "设备拒绝应答"),
        (Fate.Garbled, FateGroup.NoValue, "garbled", "the answer could not be read", "应答无法解析"),
        (Fate.BusDown, FateGroup.NoValue, "bus-down", "the port was gone", "通信端口不可用"),
        (Fate.DeviceFault, FateGroup.NoValue, "device-fault", "the device reported a fault", "设备自报故障"),
        (Fate.OverRange, FateGroup.NoValue, "over-range", "outside what the device can measure", "超出仪器量程"),
        (Fate.WrongDevice, FateGroup.NoValue, "wrong-device", "another device answered than the one configured", "应答的设备与配置不符"),
        (Fate.NotReady, FateGroup.NoValue, "not-ready", "the device was warming up", "设备预热中"),
        (Fate.Absent, FateGroup.NoValue, "absent", "the part that would measure it is not fitted", "未安装测量该项的部件"),
        (Fate.Maintenance, FateGroup.NoValue, "maintenance", "in maintenance", "维护中"),
        (Fate.NoValue, FateGroup.NoValue, "no-value", "no value", "无数值"),
        (Fate.Thinned, FateGroup.Thinned, "thinned", "thinned: a mean stands for it", "已抽稀，由均值代表"),
        (Fate.LostFull, FateGroup.Lost, "full", "lost: the gateway's buffer was full", "丢失：网关缓存已满"),
        (Fate.LostBad, FateGroup.Lost, "bad-card", "lost: the gateway's card could not be read", "丢失：网关存储卡无法读取"),
        (Fate.LostSpace, FateGroup.Lost, "space", "lost: the gateway's disk was full", "丢失：网关磁盘已满"),
        (Fate.LostCard, FateGroup.Lost, "card", "lost: the gateway holds it no more and never sent it", "丢失：网关已不再保存，且从未上传"),
        (Fate.LostOther, FateGroup.Lost, "other", "lost: for a cause that this version does not know", "丢失：本版本无法识别的原因"),
        (Fate.Malformed, FateGroup.Refused, "malformed", "refused: the message could not be read", "被拒收：报文无法解析"),
        (Fate.UnknownType, FateGroup.Refused, "type", "refused: not a kind of value that the store takes", "被拒收：数据类型不被存储接受"),
        (Fate.OutOfRange, FateGroup.Refused, "range", "refused: a time or a number that the store cannot hold", "被拒收：时间或数值超出存储范围"),
        (Fate.TooLarge, FateGroup.Refused, "size", "refused: too large for the store", "被拒收：超出存储允许的大小"),
        (Fate.OtherSite, FateGroup.Refused, "site", "refused: of another site than the gateway's", "被拒收：站区与网关不符"),
        (Fate.TooManyChannels, FateGroup.Refused, "channels", "refused: more channels than a gateway may have", "被拒收：超出网关允许的通道数"),
        (Fate.Power, FateGroup.NotMeasured, "power", "power cut", "断电"),
        (Fate.Crash, FateGroup.NotMeasured, "crash", "the gateway's program ended badly", "网关程序异常退出"),
        (Fate.Stop, FateGroup.NotMeasured, "stop", "the gateway was stopped", "网关已停止"),
        (Fate.Off, FateGroup.NotMeasured, "off", "the gateway did not run", "网关未运行"),
        (Fate.Spared, FateGroup.NotMeasured, "spared", "the device was dead and not asked", "设备失联，未再询问"),
        (Fate.Busy, FateGroup.NotMeasured, "busy", "the bus was busy", "总线忙"),
        (Fate.Waiting, FateGroup.Unknown, "waiting", "still at the gateway", "仍在网关待传"),
        (Fate.Unheard, FateGroup.Unknown, "unheard", "the gateway has not been heard of since", "此后网关失联"),
        (Fate.Before, FateGroup.Unknown, "before", "settled before this backend's records begin", "早于本后台的记录"),
    ];

    private static readonly int[] IndexOf = BuildIndex();

    /// <summary>How many fates there are.</summary>
    public static int Count => Table.Length;

    /// <summary>All fates, in the order in which they are told.</summary>
    public static IEnumerable<Fate> All => Table.Select(row => row.Fate);

    extension(Fate fate)
    {
        /// <summary>Place in the order of <see cref="All"/>.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined fate.</exception>
        public int Index => (int)fate < IndexOf.Length && IndexOf[(int)fate] is >= 0 and var index
            ? index
            : throw new ArgumentOutOfRangeException(nameof(fate), fate, "Not a defined fate.");

        /// <summary>Its kind.</summary>
        public FateGroup Group => Table[fate.Index].Group;

        /// <summary>Its name in tables and reports.</summary>
        public string Token => Table[fate.Index].Token;

        /// <summary>What it means, for people.</summary>
        public string Words => Table[fate.Index].Words;

        /// <summary>The same in Chinese.</summary>
        public string WordsZh => Table[fate.Index].WordsZh;

        /// <summary>Whether the channel has something for the time of the poll.</summary>
        public bool IsComplete => fate.Group is FateGroup.Value or FateGroup.Thinned;
    }

    /// <summary>The fate at a place of <see cref="All"/>.</summary>
    public static Fate At(int index) => Table[index].Fate;

    /// <summary>Finds a fate by its token.</summary>
    public static bool TryParse(string token, out Fate fate)
    {
        fate = Array.Find(Table, row => row.Token == token).Fate;
        return fate != Fate.None;
    }

    /// <summary>The fate of a channel in a record that is stored.</summary>
    /// <param name="flag">Its flag.</param>
    /// <param name="why">Its reasons.</param>
    public static Fate OfValue(QualityFlag flag, Why why) => flag switch
    {
        not QualityFlag.Missing when (why & (Why.Maintenance | Why.Calibrating)) != 0 => Fate.Serviced,
        QualityFlag.Good => Fate.Good,
        QualityFlag.NotEvaluated => Fate.Unchecked,
        QualityFlag.Suspect => Fate.Suspect,
        QualityFlag.Fail => Fate.Bad,
        _ => OfMissing(why),
    };

    /// <summary>The fate of a poll whose record was settled without being stored; null where it says nothing.</summary>
    /// <param name="standing">How it was settled.</param>
    public static Fate OfStanding(Standing standing) => standing switch
    {
        Standing.Full => Fate.LostFull,
        Standing.Thin => Fate.Thinned,
        Standing.Bad => Fate.LostBad,
        Standing.Space => Fate.LostSpace,
        Standing.Card => Fate.LostCard,
        Standing.Other => Fate.LostOther,
        Standing.Malformed => Fate.Malformed,
        Standing.Type => Fate.UnknownType,
        Standing.Range => Fate.OutOfRange,
        Standing.Size => Fate.TooLarge,
        Standing.Site => Fate.OtherSite,
        Standing.Channels => Fate.TooManyChannels,
        Standing.Before or Standing.Had => Fate.Before,
        _ => throw new ArgumentOutOfRangeException(nameof(standing), standing, "Not a defined standing."),
    };

    // Of several reasons the one that a technician would act on first; who works at a probe has unplugged it.
    private static Fate OfMissing(Why why) => why switch
    {
        _ when (why & (Why.Maintenance | Why.Calibrating)) != 0 => Fate.Maintenance,
        _ when (why & Why.BusDown) != 0 => Fate.BusDown,
        _ when (why & Why.NoAnswer) != 0 => Fate.NoAnswer,
        _ when (why & Why.TimedOut) != 0 => Fate.TimedOut,
        _ when (why & Why.Garbled) != 0 => Fate.Garbled,
        _ when (why & Why.Refused) != 0 => Fate.DeviceRefused,
        _ when (why & Why.WrongDevice) != 0 => Fate.WrongDevice,
        _ when (why & Why.DeviceFault) != 0 => Fate.DeviceFault,
        _ when (why & Why.NotReady) != 0 => Fate.NotReady,
        _ when (why & Why.Absent) != 0 => Fate.Absent,
        _ when (why & (Why.OverRange | Why.OutOfBounds)) != 0 => Fate.OverRange,
        _ => Fate.NoValue,
    };

    private static int[] BuildIndex()
    {
        var index = new int[byte.MaxValue + 1];
        Array.Fill(index, -1);
        for (var i = 0; i < Table.Length; i++)
        {
            index[(int)Table[i].Fate] = i;
        }

        return index;
    }
}

//! One model for each op that is denied: 143.
//!
//! The list is written apart from the audit's own table, so that a name lost there is missed here.

use hub_core::saved_model::{SavedModel, audit};
use hub_core::{Error, OpPolicy};

use super::edit::{Model, constant, function, graph, node_with, text};

#[rustfmt::skip]
const DENIED: &str = "
    ReadFile MatchingFiles WholeFileReader WholeFileReaderV2 TextLineReader TextLineReaderV2 FixedLengthRecordReader
    FixedLengthRecordReaderV2 TFRecordReader TFRecordReaderV2 LMDBReader IdentityReader IdentityReaderV2 ReaderRead
    ReaderReadV2 ReaderReadUpTo ReaderReadUpToV2 ReaderRestoreState ReaderRestoreStateV2 LoadAndRemapMatrix
    GenerateVocabRemapping
    ImmutableConst RecordInput FixedUnigramCandidateSampler Skipgram DecodeProtoV2 EncodeProto
    Restore RestoreSlice RestoreV2 DTensorRestoreV2 InitializeTableFromTextFile InitializeTableFromTextFileV2
    Save SaveSlices SaveV2 MergeV2Checkpoints ShardedFilename
    WriteFile PrintV2 DumpTensor CalibrationStatisticsSaver CreateSummaryFileWriter CreateSummaryDbWriter SummaryWriter
    WriteScalarSummary WriteHistogramSummary WriteImageSummary WriteAudioSummary WriteGraphSummary WriteRawProtoSummary
    WriteSummary ImportEvent FlushSummaryWriter CloseSummaryWriter StatsAggregatorSetSummaryWriter
    DebugIdentity DebugIdentityV2 DebugIdentityV3 DebugNanCount DebugNumericSummary DebugNumericSummaryV2 Copy CopyHost
    TextLineDataset TFRecordDataset TFRecordDatasetV2 FixedLengthRecordDataset FixedLengthRecordDatasetV2 CSVDataset
    CSVDatasetV2 ExperimentalCSVDataset SqlDataset ExperimentalSqlDataset LMDBDataset ExperimentalLMDBDataset
    MatchingFilesDataset ExperimentalMatchingFilesDataset LoadDataset ListSnapshotChunksDataset SnapshotDatasetReader
    SnapshotChunkDataset SnapshotNestedDatasetReader
    SaveDataset SaveDatasetV2 SnapshotDataset SnapshotDatasetV2 CacheDataset CacheDatasetV2 DatasetToTFRecord
    ExperimentalDatasetToTFRecord DistributedSave
    DatasetFromGraph DeserializeIterator XlaCallModule MlirPassthroughOp XlaHostCompute _XlaHostComputeMlir
    RpcServer RpcServerStart RpcServerRegister RpcClient RpcCall RpcCheckStatus RpcGetValue DataServiceDataset
    DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4 RegisterDataset RegisterDatasetV2 RemoteCall
    Send Recv _Send _Recv _HostSend _HostRecv
    CollectiveReduce CollectiveReduceV2 CollectiveReduceV3 CollectiveGather CollectiveGatherV2 CollectiveBcastSend
    CollectiveBcastSendV2 CollectiveBcastRecv CollectiveBcastRecvV2 CollectiveAllToAllV2 CollectiveAllToAllV3
    CollectiveReduceScatterV2 CollectiveInitializeCommunicator CollectiveAssignGroupV2 CollectivePermute
    NcclAllReduce NcclReduce NcclBroadcast _NcclReduceSend _NcclReduceRecv _NcclBroadcastSend _NcclBroadcastRecv
    PyFunc PyFuncStateless EagerPyFunc GeneratorDataset XlaCustomCall XlaCustomCallV2 XlaLaunch _XlaCompile _XlaRun
    Abort FileSystemSetConfiguration
";

/// Ops that only `Strict` refuses.
const DENIED_STRICTLY: &str = "
    ThreadPoolHandle ExperimentalThreadPoolHandle Batch BatchFunction Timestamp Print Barrier BarrierTakeMany
    QueueDequeueV2 RangeDataset OneShotIterator FIFOQueueV2 Stage Unstage InitializeTableFromDataset
    ConfigureDistributedTPU BoostedTreesCreateEnsemble GetSessionHandleV2
";

/// The fixture with one more node, in the function that its signature calls or in the graph.
fn with(op: &str, in_graph: bool) -> SavedModel {
    // What makes those ops harmful that have harmless uses.
    let attributes = [
        ("vocab_file", text("/etc/passwd")),
        ("descriptor_source", text("/etc/passwd")),
        ("output_stream", text("file:///tmp/out")),
    ];
    let model = Model::changed("affine", |model| {
        let bad = |file: &str| vec![constant("file", b"/tmp/file"), node_with("bad", op, &[file, file], &attributes)];
        if in_graph {
            let nodes = bad("file:0");
            graph(model).node.extend(nodes);
            let output = model.signature_def["serving_default"].outputs.values().next().unwrap().clone();
            let Some(hub_core::saved_model::proto::TensorInfoEncoding::Name(name)) = output.encoding else { panic!() };
            let name = name.split(':').next().unwrap().to_owned();
            graph(model).node.iter_mut().find(|node| node.name == name).unwrap().input.push("^bad".into());
        } else {
            function(model, "call").node_def.extend(bad("file:output:0"));
        }
    });
    SavedModel::read(model.write()).unwrap()
}

#[test]
fn fault_143_every_denied_op_is_refused() {
    let mut count = 0;
    for op in DENIED.split_whitespace() {
        for in_graph in [false, true] {
            let model = with(op, in_graph);
            for policy in [OpPolicy::Standard, OpPolicy::Strict] {
                let error = audit::check(&model, policy, &|_| true).unwrap_err();
                let Error::OpNotAllowed { refused } = &error else { panic!("{op}: {error:?}") };
                assert_eq!(refused.len(), 1, "{refused:?}");
                let sentence = &refused[0];
                assert!(sentence.starts_with(&format!("`{op}` ")) && sentence.contains("node `bad`"), "{sentence}");
                assert!(sentence.contains("signature serving_default"), "{sentence}");
            }
        }
        count += 1;
    }
    println!("{count} ops, each in a function and in the graph, refused");
    assert!(count >= 150, "{count}");
}

#[test]
fn fault_143_ops_that_only_the_strict_policy_refuses() {
    for op in DENIED_STRICTLY.split_whitespace() {
        let model = with(op, false);
        audit::check(&model, OpPolicy::Standard, &|_| false).unwrap_or_else(|why| panic!("{op}: {why}"));
        let error = audit::check(&model, OpPolicy::Strict, &|_| false).unwrap_err();
        assert!(matches!(&error, Error::OpNotAllowed { refused } if refused.len() == 1), "{op}: {error:?}");
    }
}

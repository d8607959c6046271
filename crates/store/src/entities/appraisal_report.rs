use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appraisal_report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub session_id: i64,
    pub organisation_id: i64,
    pub is_oral: bool,
    #[sea_orm(column_type = "Text")]
    pub secretary: String,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub handed_in_on: Option<String>,
    pub handed_in_by: Option<i64>,
    pub is_late: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub ballot_share: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub assessment_share: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub points: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub grade: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub list_filed_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
